// Pick a place on a map. The fields are what is sent; the map writes into them and shows what they say.
// What was typed in a shifted datum is turned by the server, which also says what lies there.

import { makeMap } from "./basemap.js";

const L = window.L;

function pickPlace(root) {
  const words = root.dataset;
  const [lat, lon, datum] = [words.latField, words.lonField, words.datumField].map((id) => document.getElementById(id));
  const box = root.querySelector(".map");
  const said = root.querySelector(".place__said");
  const act = root.querySelector(".place__act");
  const icon = L.divIcon({ className: "place__mark", iconSize: [28, 28] });
  let marker = null;
  let asked = 0;

  const map = makeMap(box);
  map.setView([Number(box.dataset.lat), Number(box.dataset.lon)], 14);
  act.hidden = false;
  // A map that was drawn out of sight does not know its size.
  root.closest("details")?.addEventListener("toggle", () => map.invalidateSize({ animate: false }));

  function show(point) {
    if (marker === null) {
      marker = L.marker(point, { icon, draggable: true, keyboard: false, alt: words.here }).addTo(map);
      marker.getElement().setAttribute("role", "img");
      marker.getElement().setAttribute("aria-label", words.here);
      marker.on("dragend", () => pick(marker.getLatLng()));
    } else marker.setLatLng(point);
  }

  async function check(moves) {
    const number = ++asked;
    if (lat.value.trim() === "" || lon.value.trim() === "") return;
    const query = new URLSearchParams({ lat: lat.value, lon: lon.value, datum: datum.value });
    try {
      const response = await fetch(`${words.check}?${query}`, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(response.status);
      const answer = await response.json();
      if (number !== asked) return;
      said.textContent = answer.said;
      said.classList.toggle("wrong", !answer.inside);
      if (answer.lat === null) return;
      show([answer.lat, answer.lon]);
      if (moves) map.setView([answer.lat, answer.lon], Math.max(map.getZoom(), 16), { animate: false });
    } catch {
      if (number !== asked) return;
      said.textContent = words.unchecked;
      said.classList.remove("wrong");
    }
  }

  function pick(point) {
    lat.value = point.lat.toFixed(6);
    lon.value = point.lng.toFixed(6);
    datum.value = "wgs84";
    for (const known of document.querySelectorAll("input[name=known]")) known.checked = false;
    lat.dispatchEvent(new Event("input", { bubbles: true }));
    show(point);
    check(false);
  }

  map.on("click", ({ latlng }) => pick(latlng));
  act.querySelector("button").addEventListener("click", () => pick(map.getCenter()));
  for (const field of [lat, lon, datum]) field.addEventListener("change", () => check(true));
  check(true);
}

document.querySelectorAll(".place").forEach(pickPlace);
