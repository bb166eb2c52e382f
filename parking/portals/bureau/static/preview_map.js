// Where the lots of a source lie, marked by what becomes of them as in the table below.

import { makeMap } from "/static/basemap.js";

const L = window.L;
const box = document.getElementById("preview-map");
const points = JSON.parse(box.dataset.points);
const words = JSON.parse(box.dataset.words);
const SHAPES = { new: "●", known: "■", nearby: "▲" };
const COLOURS = { new: "--link", known: "--free", nearby: "--few" };
// So many marks a telephone still draws at ease; beyond that all are dots.
const MOST_MARKS = 400;
// So few have room for their names, on a wide map.
const HAS_NAMES = points.length <= 25 && matchMedia("(min-width: 60rem)").matches;

const map = makeMap(box);
const colour = (state) => getComputedStyle(document.documentElement).getPropertyValue(COLOURS[state]).trim();
const dots = points.length > MOST_MARKS ? L.canvas() : null;

function labelled(text) {
  const label = document.createElement("span");
  label.textContent = text;
  return label;
}

function mark([lat, lon, state, name]) {
  const text = `${name} · ${words[state]}`;
  if (dots) {
    const look = { renderer: dots, radius: 5, color: colour(state), fillOpacity: 0.7, weight: 1 };
    return L.circleMarker([lat, lon], look).bindTooltip(labelled(text));
  }
  const icon = L.divIcon({ className: `told-pin told-pin--${state}`, html: SHAPES[state], iconSize: [24, 24] });
  const marker = L.marker([lat, lon], { icon, keyboard: false, alt: text });
  marker.on("add", () => {
    marker.getElement().setAttribute("role", "img");
    marker.getElement().setAttribute("aria-label", text);
  });
  if (!HAS_NAMES) return marker.bindTooltip(labelled(text));
  return marker.bindTooltip(labelled(name), { permanent: true, direction: "bottom", offset: [0, 8], className: "place-name" });
}

map.fitBounds(L.latLngBounds(points.map(([lat, lon]) => [lat, lon])).pad(0.3), { maxZoom: 16, animate: false });
for (const point of points) mark(point).addTo(map);
