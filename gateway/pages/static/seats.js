// The seat map: a press is shown at once and then told to the door; what others take is shown as it happens.

const form = document.querySelector("[data-seats]");
const seats = [...form.querySelectorAll("button.seat")];
const people = [...form.querySelectorAll("[name=passenger]")];
const announce = form.querySelector("[data-announce]");
const trouble = form.querySelector("[data-trouble]");
const POLL_MS = 5000;
const chosen = people.map((_, place) => {
  const shown = form.querySelector(`[data-seat-of="${place}"]`).textContent;
  return shown === "–" ? null : shown;
});
const byNumber = new Map(seats.map((seat) => [seat.value, seat]));
let sending = Promise.resolve();

const say = (words) => { announce.textContent = words; };

function complain(words) {
  trouble.hidden = !words;
  trouble.querySelector("span").textContent = words ?? "";
  if (words) say(words);
}

function show(seat, state) {
  const place = chosen.indexOf(seat.value);
  const mine = place >= 0;
  for (const name of ["free", "mine", "held", "taken"]) seat.classList.toggle(name, name === (mine ? "mine" : state));
  seat.setAttribute("aria-pressed", String(mine));
  if (mine || state === "free") seat.removeAttribute("aria-disabled");
  else seat.setAttribute("aria-disabled", "true");
  seat.textContent = mine ? people[place].dataset.initials : state === "free" ? seat.value.at(-1) : "";
  const words = mine ? `chosen for ${people[place].dataset.initials}, ${people[place].dataset.name}` : { held: "held by somebody", taken: "taken" }[state] ?? "free";
  seat.setAttribute("aria-label", `${seat.dataset.called}, ${words}`);
}

function showChosen() {
  chosen.forEach((number, place) => { form.querySelector(`[data-seat-of="${place}"]`).textContent = number ?? "–"; });
  const missing = chosen.filter((number) => !number).length;
  const go = document.querySelector("[data-summary]");
  go.textContent = missing ? `${missing} ${missing === 1 ? "seat" : "seats"} to choose` : chosen.join(", ");
}

/** Tell the door; it answers with the seats as it keeps them, whatever was shown meanwhile. */
function tell(number, place) {
  const body = new FormData(form);
  body.set("pick", number);
  body.set("passenger", String(place));
  sending = sending.then(async () => {
    try {
      const answer = await fetch(location.href.split("?")[0], { method: "POST", body: new URLSearchParams(body), headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      told.seats.forEach((seat, at) => { chosen[at] = seat; });
      complain(told.problem);
    } catch {
      complain("Your choice could not be kept just now: there is no connection. Press the seat once more.");
      const at = chosen.indexOf(number);
      if (at >= 0) chosen[at] = null;
    }
    await Promise.all([look(), showPrice()]);
  });
}

/** What it costs with these seats, as the door reckons it. */
async function showPrice() {
  try {
    const page = await (await fetch(location.href)).text();
    const bought = new DOMParser().parseFromString(page, "text/html").querySelector(".bought");
    if (bought) document.querySelector(".bought").replaceChildren(...bought.childNodes);
    document.dispatchEvent(new CustomEvent("htmx:after:swap"));
  } catch {
    // It is shown again before anything is paid.
  }
}

function pick(event) {
  const seat = event.target.closest("button.seat");
  if (!seat) return;
  event.preventDefault();
  focusOn(seat);
  if (seat.getAttribute("aria-disabled") === "true") return say(seat.getAttribute("aria-label"));
  const at = chosen.indexOf(seat.value);
  const place = Math.max(0, people.findIndex((person) => person.checked));
  const before = at >= 0 ? seat.value : chosen[place];
  if (at >= 0) chosen[at] = null;
  else chosen[place] = seat.value;
  if (before && byNumber.has(before)) show(byNumber.get(before), "free");
  show(seat, "free");
  say(at >= 0 ? `${seat.value} is free again` : `${seat.value} for ${people[place].dataset.name}`);
  showChosen();
  tell(seat.value, at >= 0 ? at : place);
  const next = chosen.indexOf(null);
  if (next >= 0) people[next].checked = true;
}

/** Show the departure as it is now; somebody who has lost a seat is told. */
async function look() {
  let map;
  try {
    const answer = await fetch(`/departures/${form.dataset.departure}/seats`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    map = await answer.json();
  } catch {
    return;
  }
  const lost = [];
  for (const cabin of map.cabins) for (const row of cabin.rows) for (const place of row.seats) {
    const seat = byNumber.get(place.number);
    if (!seat || seat.classList.contains("closed")) continue;
    const at = chosen.indexOf(place.number);
    if (at >= 0 && place.state !== "free") {
      chosen[at] = null;
      lost.push(place.number);
      seat.classList.add("lost");
    }
    show(seat, place.state);
  }
  showChosen();
  if (lost.length) {
    complain(`Somebody was quicker: ${lost.join(", ")} has just been taken. Choose another seat.`);
    for (const number of lost) forget(number);
  }
}

/** The door keeps the choice as well: what is gone is taken back there, too. */
function forget(number) {
  const body = new FormData(form);
  body.set("pick", number);
  fetch(location.href.split("?")[0], { method: "POST", body: new URLSearchParams(body), headers: { Accept: "application/json" } }).catch(() => {});
}

// One stop of the tab key for the whole map; arrows go from seat to seat as they lie.
function focusOn(seat) {
  for (const each of seats) each.tabIndex = each === seat ? 0 : -1;
}

function move(event) {
  const seat = event.target.closest("button.seat");
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!seat || !step) return;
  event.preventDefault();
  const { left, top, width } = seat.getBoundingClientRect();
  const [middle, line] = [left + width / 2, top];
  let best;
  for (const other of seats) {
    const box = other.getBoundingClientRect();
    const [across, down] = [box.left + box.width / 2 - middle, box.top - line];
    const ahead = step[0] ? down * step[0] : across * step[1];
    const aside = Math.abs(step[0] ? across : down);
    if (ahead < 4 || (step[1] && aside > 4)) continue;
    const far = ahead + aside * 4;
    if (!best || far < best.far) best = { far, other };
  }
  if (best) {
    focusOn(best.other);
    best.other.focus();
  }
}

let stream;
function listen() {
  if (!("EventSource" in window)) return;
  stream = new EventSource(`/departures/${form.dataset.departure}/events`);
  stream.addEventListener("changed", look);
  stream.addEventListener("snapshot", look);
}

form.addEventListener("click", pick);
form.addEventListener("keydown", move);
focusOn(seats.find((seat) => seat.classList.contains("mine")) ?? seats.find((seat) => seat.classList.contains("free")) ?? seats[0]);
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
addEventListener("online", look);
listen();
// Without a stream, and where it was cut: asked now and then, while somebody looks.
setInterval(() => {
  if (document.visibilityState === "visible" && stream?.readyState !== EventSource.OPEN) look();
}, POLL_MS);
