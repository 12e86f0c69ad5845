// Events as they happen: told by the stream that there are some, or asked every few seconds where there is no stream.

const POLL = 5000;
// So often at most, however much happens.
const PACE = 400;
const MOST = 300;

const section = document.querySelector("[data-stream]");
const list = section?.querySelector("[data-events]");
const state = section?.querySelector("[data-state]");
const count = section?.querySelector("[data-count]");
const pause = section?.querySelector("[data-pause]");
const query = section?.dataset.stream;
let stream;
let fresh = 0;
let due;
let asking = false;
let paused = false;

function say(words, tone) {
  state.textContent = words;
  state.className = `chip ${tone}`;
}

function tell() {
  count.textContent = fresh ? `${fresh} since you opened this page` : "";
}

/** Put lines that are not shown yet above those that are; what somebody has opened stays open. */
function add(html) {
  const known = new Set([...list.children].map((line) => line.dataset.event));
  const page = new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html");
  const lines = [...page.querySelectorAll("[data-event]")].filter((line) => !known.has(line.dataset.event));
  for (const line of lines) line.classList.add("fresh");
  list.prepend(...lines.map((line) => document.adoptNode(line)));
  while (list.children.length > MOST) list.lastElementChild.remove();
  fresh += lines.length;
  if (lines.length) {
    section.querySelector("[data-none]").hidden = true;
    document.dispatchEvent(new CustomEvent("htmx:after:swap"));
    tell();
  }
}

async function ask() {
  if (paused || asking) return;
  asking = true;
  try {
    const answer = await fetch(`/ops/events/list?${query}`, { headers: { "HX-Request": "true" } });
    if (answer.ok) add(await answer.text());
    if (!stream) say(answer.ok ? "Asking every 5 s" : "No answer", answer.ok ? "wait" : "bad");
  } catch {
    say("No connection", "bad");
  } finally {
    asking = false;
  }
}

/** Ask soon, once for all that happens until then. */
function nudge() {
  due ??= setTimeout(() => {
    due = undefined;
    ask();
  }, PACE);
}

function listen() {
  if (stream || paused || !("EventSource" in window)) return;
  stream = new EventSource(`/ops/events/stream?${query}`);
  stream.addEventListener("open", () => say("Live", "good"));
  for (const kind of ["changed", "snapshot"]) stream.addEventListener(kind, nudge);
  stream.addEventListener("error", () => {
    if (stream?.readyState !== EventSource.CLOSED) return;
    stream = undefined;
    say("Asking every 5 s", "wait");
  });
}

function hush() {
  stream?.close();
  stream = undefined;
}

function turn() {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "Go on" : "Pause";
  if (paused) {
    hush();
    say("Paused", "calm");
    return;
  }
  listen();
  ask();
}

if (section) {
  pause.hidden = false;
  pause.addEventListener("click", turn);
  setInterval(() => { if (!stream) ask(); }, POLL);
  addEventListener("pagehide", hush);
  addEventListener("pageshow", listen);
  listen();
}
