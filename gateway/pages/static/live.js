// A trip as it happens: news by the stream, and by asking now and then where there is no stream.

const trip = document.querySelector("[data-trip]");
const announce = trip.querySelector("[data-announce]");
const offline = trip.querySelector("[data-offline]");
const status = () => document.getElementById("status");
let headline = status().dataset.headline;
let stream;

/** Ask how things are now; the status itself listens for this. */
const news = () => document.body.dispatchEvent(new CustomEvent("aerosaga:news"));

function listen() {
  if (stream || status().dataset.moving !== "yes" || !("EventSource" in window)) return;
  stream = new EventSource(`/trips/${trip.dataset.trip}/events`);
  for (const kind of ["changed", "snapshot"]) stream.addEventListener(kind, news);
  // Closed for good (the stream is full, or not there): the status asks by itself.
  stream.addEventListener("error", () => {
    if (stream?.readyState === EventSource.CLOSED) stream = undefined;
  });
}

function hush() {
  stream?.close();
  stream = undefined;
}

function swapped() {
  const now = status();
  if (now.dataset.headline !== headline) {
    headline = now.dataset.headline;
    announce.textContent = headline;
    document.title = `${now.dataset.state}: ${trip.dataset.trip} · Aerosaga`;
  }
  if (now.dataset.moving !== "yes") hush();
}

const connection = (there) => {
  offline.hidden = there;
  if (there) news();
};

document.addEventListener("htmx:after:swap", swapped);
document.addEventListener("htmx:error", () => { offline.hidden = false; });
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail?.ctx?.response?.raw?.ok ?? event.detail?.ctx?.response?.status === 200) offline.hidden = true;
});
document.addEventListener("aerosaga:over", () => setTimeout(news, 500));
addEventListener("offline", () => connection(false));
addEventListener("online", () => connection(true));
addEventListener("pagehide", hush);
addEventListener("pageshow", listen);
listen();
