// The map shows the rows of the list, numbered alike.

import { makeMap } from "../basemap.js";

const L = window.L;
const box = document.getElementById("map");
const words = box.dataset;
const pins = new Map();
let chosen = null;
const layer = L.layerGroup();
const SVG = "http://www.w3.org/2000/svg";

document.getElementById("map-act").hidden = false;
const map = makeMap(box);
layer.addTo(map);

function icon(row) {
  const element = document.createElement("div");
  element.className = "pin__face";
  const mark = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  mark.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${row.dataset.state}`);
  mark.append(use);
  element.append(mark, row.dataset.number);
  return L.divIcon({ className: `pin pin--${row.dataset.state}`, html: element, iconSize: [42, 26] });
}

function choose(id) {
  chosen = id;
  for (const [other, pin] of pins) pin.getElement()?.classList.toggle("is-chosen", other === id);
  for (const row of document.querySelectorAll(".lot")) row.classList.toggle("is-chosen", row.dataset.id === id);
}

function name(row) {
  const title = row.querySelector(".lot__name a").textContent;
  const state = row.querySelector(".state__word").textContent.trim();
  const free = row.dataset.free === "" ? "" : `, ${words.free.replace("{count}", row.dataset.free)}`;
  return `${row.dataset.number} ${title}, ${state}${free}`;
}

function drawPins() {
  const held = [...pins].find(([, pin]) => pin.getElement() === document.activeElement)?.[0];
  layer.clearLayers();
  pins.clear();
  // The best rows lie on top, and come first for those who walk with the keyboard.
  for (const row of document.querySelectorAll("#results .lot")) {
    const options = { icon: icon(row), keyboard: true, riseOnHover: true, zIndexOffset: 1000 - 10 * Number(row.dataset.number) };
    const pin = L.marker([Number(row.dataset.lat), Number(row.dataset.lon)], options).addTo(layer);
    pin.getElement().setAttribute("aria-label", name(row));
    pin.on("click", () => {
      choose(row.dataset.id);
      row.scrollIntoView({ block: "nearest", behavior: "auto" });
      row.querySelector("a").focus({ preventScroll: true });
    });
    pin.on("keydown", ({ originalEvent }) => {
      if (originalEvent.key !== "Enter" && originalEvent.key !== " ") return;
      originalEvent.preventDefault();
      pin.fire("click");
    });
    pins.set(row.dataset.id, pin);
  }
  if (chosen) choose(chosen);
  pins.get(held)?.getElement().focus({ preventScroll: true });
  if (words.lat) {
    const here = L.divIcon({ className: "here", iconSize: [18, 18] });
    const options = { icon: here, keyboard: false, interactive: false, zIndexOffset: -1000 };
    const mark = L.marker([Number(words.lat), Number(words.lon)], options).addTo(layer);
    mark.getElement().setAttribute("role", "img");
    mark.getElement().setAttribute("aria-label", words.here);
  }
}

function frame() {
  const points = [...pins.values()].map((pin) => pin.getLatLng());
  if (words.lat) points.push(L.latLng(Number(words.lat), Number(words.lon)));
  if (points.length) map.fitBounds(L.latLngBounds(points).pad(0.1), { maxZoom: 16, animate: false });
}

function searchAt({ lat, lng }) {
  words.lat = lat.toFixed(5);
  words.lon = lng.toFixed(5);
  const address = new URL(location.href);
  const rows = new URL(document.getElementById("results").dataset.rows, location.href);
  for (const each of [address, rows]) {
    for (const part of ["q", "rows"]) each.searchParams.delete(part);
    each.searchParams.set("lat", words.lat);
    each.searchParams.set("lon", words.lon);
  }
  history.replaceState(null, "", address);
  document.getElementById("f-q").value = "";
  document.dispatchEvent(new CustomEvent("look", { detail: rows.pathname + rows.search }));
}

map.setView([Number(words.lat ?? 0), Number(words.lon ?? 0)], 14);
drawPins();
frame();
document.addEventListener("rows", drawPins);
map.on("click", (event) => searchAt(event.latlng));
document.getElementById("search-here").addEventListener("click", () => searchAt(map.getCenter()));
document.getElementById("results").addEventListener("focusin", (event) => {
  const row = event.target.closest(".lot");
  if (row) choose(row.dataset.id);
});
