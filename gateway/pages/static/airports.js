// Airports by code, city or name while somebody types: a combobox as the ARIA practices describe it.

const PAUSE_MS = 120;

class Airports {
  constructor(field) {
    this.input = field.querySelector("input");
    this.list = field.querySelector("[role=listbox]");
    this.active = -1;
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
    })) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.later());
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
    // Somebody may have begun to type before this ran.
    if (document.activeElement === this.input && this.input.value) this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  async look() {
    const text = this.input.value.trim();
    this.asked?.abort();
    if (!text) return this.close();
    this.asked = new AbortController();
    try {
      const query = new URLSearchParams({ q: text.slice(0, 40), page_size: "8" });
      const answer = await fetch(`/airports?${query}`, { signal: this.asked.signal });
      if (answer.ok) this.show(await answer.json());
    } catch (error) {
      // Without suggestions the field is still a field: what is typed is looked up when the form is sent.
      if (error.name !== "AbortError") this.close();
    }
  }

  show(found) {
    this.list.replaceChildren(...found.map((airport, place) => {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${place}`;
      option.role = "option";
      option.dataset.value = `${airport.city} (${airport.code})`;
      for (const [tag, words] of [["b", airport.code], ["span", airport.city], ["small", airport.name]]) {
        option.append(Object.assign(document.createElement(tag), { textContent: words }));
      }
      return option;
    }));
    if (!found.length) {
      const nothing = Object.assign(document.createElement("li"), { className: "none", textContent: "No airport begins like this." });
      nothing.role = "presentation";
      this.list.append(nothing);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.mark(found.length ? 0 : -1);
  }

  key(event) {
    const options = this.list.querySelectorAll("[role=option]");
    if (event.key === "Escape") this.close();
    if (this.list.hidden || !options.length) return;
    if (event.key === "ArrowDown") this.mark((this.active + 1) % options.length);
    else if (event.key === "ArrowUp") this.mark((this.active + options.length - 1) % options.length);
    else if (event.key === "Enter" && options[this.active]) this.choose(options[this.active]);
    else if (event.key === "Tab" && options[this.active]) return this.choose(options[this.active]);
    else return;
    event.preventDefault();
  }

  mark(place) {
    this.active = place;
    this.list.querySelectorAll("[role=option]").forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    const marked = this.list.querySelector("[aria-selected=true]");
    marked?.scrollIntoView({ block: "nearest" });
    if (marked) this.input.setAttribute("aria-activedescendant", marked.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  choose(option) {
    this.input.value = option.dataset.value;
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

for (const field of document.querySelectorAll("[data-airport]")) new Airports(field);
for (const swap of document.querySelectorAll("[data-swap]")) {
  const form = swap.closest("form");
  swap.hidden = false;
  swap.addEventListener("click", () => {
    const [from, to] = ["from", "to"].map((name) => form.elements.namedItem(name));
    [from.value, to.value] = [to.value, from.value];
  });
}
