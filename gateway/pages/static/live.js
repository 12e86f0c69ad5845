// A trip as it happens: said aloud when it changes, with a word when there is no connection.

const trip = document.querySelector("[data-trip]");
const announce = trip.querySelector("[data-announce]");
const offline = trip.querySelector("[data-offline]");
const status = () => document.getElementById("status");
let headline = status().dataset.headline;

/** Ask how things are now; the status itself listens for this. */
const news = () => document.body.dispatchEvent(new CustomEvent("aerosaga:news"));

function swapped() {
  const now = status();
  if (now.dataset.headline !== headline) {
    headline = now.dataset.headline;
    announce.textContent = headline;
    document.title = `${now.dataset.state}: ${trip.dataset.trip} · Aerosaga`;
  }
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
