// News for the part of a page that names its stream in `data-news`: it is told to ask at once, and not only in its turn.

// So often at most, however much happens; what happens together is asked about together.
const PACE = 200;
let stream;
let address;
let due;

/** Ask how things are now; the part itself listens for this. */
function nudge() {
  due ??= setTimeout(() => {
    due = undefined;
    document.body.dispatchEvent(new CustomEvent("aerosaga:news"));
  }, PACE);
}

function hush() {
  stream?.close();
  stream = address = undefined;
}

/** Listen to what the page names now; where nothing moves any more it names nothing. */
function follow() {
  const named = document.querySelector("[data-news]")?.dataset.news;
  if (named === address || !("EventSource" in window)) return;
  hush();
  if (!named) return;
  // One that is closed for good (it is full, or not there) is not tried again: the part asks by itself.
  stream = new EventSource(named);
  address = named;
  for (const kind of ["changed", "snapshot"]) stream.addEventListener(kind, nudge);
}

document.addEventListener("htmx:after:swap", follow);
addEventListener("pagehide", hush);
addEventListener("pageshow", follow);
follow();
