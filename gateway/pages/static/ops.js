// What the console's pages do that are open: ages grow, parts that have changed come in without closing what is open.

const AGE_SECONDS = 1;
const UNITS = [["d", 86400, "h", 3600], ["h", 3600, "min", 60], ["min", 60, "s", 1]];

/** As lasted() of the server says it. */
function lasted(seconds) {
  for (const [unit, size, smaller, rest] of UNITS) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ${Math.floor((seconds % size) / rest)} ${smaller}`;
  }
  return `${Math.max(0, Math.floor(seconds))} s`;
}

// As page.js found it, which comes first: how far this browser's clock is behind the system's.
const skew = Number(document.documentElement.dataset.skew ?? 0);

function grow() {
  for (const element of document.querySelectorAll("[data-since]")) {
    element.textContent = lasted((Date.now() + skew - new Date(element.dataset.since)) / 1000);
  }
}

let open = [];
let focused;
document.addEventListener("htmx:before:swap", () => {
  open = [...document.querySelectorAll(".live details[open][id]")].map((each) => each.id);
  focused = document.activeElement?.closest(".live [id]")?.id;
});
document.addEventListener("htmx:after:swap", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const found = focused && document.getElementById(focused);
  (found?.querySelector("summary") ?? found)?.focus({ preventScroll: true });
});
// A countdown is over: what it counted down to is happening now.
document.addEventListener("aerosaga:over", () => {
  setTimeout(() => document.body.dispatchEvent(new CustomEvent("aerosaga:news")), 500);
});
setInterval(grow, AGE_SECONDS * 1000);
