// What every page does: times in the reader's zone, the switch of light and dark, one press of a button for one request.

const TIMES = {
  medium: { dateStyle: "medium", timeStyle: "medium" },
  time: { timeStyle: "medium" },
  clock: { timeStyle: "short" },
};

/** Show every instant below `root` in the reader's zone; its title keeps UTC. */
function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time[data-moment]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = new Intl.DateTimeFormat(undefined, TIMES[element.dataset.moment] ?? TIMES.medium).format(at);
  }
}

const clock = (seconds) => {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const parts = hours ? [hours, String(minutes).padStart(2, "0")] : [minutes];
  return [...parts, String(seconds % 60).padStart(2, "0")].join(":");
};

/** Count down every `data-until`; at its end its page is asked how things are now. */
function countDown() {
  for (const element of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.ceil((new Date(element.dataset.until) - Date.now() - skew) / 1000));
    element.textContent = clock(left);
    element.closest("[data-countdown]")?.classList.toggle("urgent", left < 60);
    if (left === 0 && !element.dataset.over) {
      element.dataset.over = "yes";
      document.dispatchEvent(new CustomEvent("aerosaga:over"));
    }
  }
}

// The reader's clock may be wrong, and the demo's may be moved: the page says what the time was when it was made.
const made = document.querySelector("meta[name='made-at']");
const arrived = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
const apart = made ? new Date(made.content) - arrived : 0;
// What a request takes on its way is no error of a clock.
const skew = Math.abs(apart) < 2000 ? 0 : apart;
document.documentElement.dataset.skew = skew;

function switchTheme(event) {
  const { theme } = event.submitter?.dataset ?? {};
  const value = theme ?? event.submitter?.value;
  if (!value) return;
  event.preventDefault();
  const root = document.documentElement;
  const chosen = value === "auto" ? null : value;
  if (chosen) root.dataset.theme = chosen;
  else delete root.dataset.theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `aerosaga_theme=${chosen ?? ""}; Path=/; SameSite=Lax; Max-Age=${chosen ? 31536000 : 0}${secure}`;
  for (const button of event.target.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === value));
  }
}

// A button may stand outside of its form.
const onceButtons = (form) => [...form.elements].filter((element) => "once" in element.dataset);

/** A second press while the first is under way would only be told the same; it is not sent. */
function sendOnce(event) {
  const form = event.target;
  const buttons = onceButtons(form);
  if (!buttons.length || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
}

function forgetSent() {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of onceButtons(form)) button.removeAttribute("aria-disabled");
  }
}

document.querySelector("[data-theme-switch]")?.addEventListener("submit", switchTheme);
document.addEventListener("submit", sendOnce);
// Gone back to, a page is as it was left: its buttons work again.
addEventListener("pageshow", forgetSent);
document.addEventListener("htmx:after:swap", () => showLocalTimes(document));
showLocalTimes(document);
document.querySelector("[data-focus]")?.focus();
if (document.querySelector("[data-until]")) countDown();
setInterval(countDown, 1000);
