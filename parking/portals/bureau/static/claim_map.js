// The claimed place and the lots around it, numbered as in the list beside it.

import { makeMap } from "/static/basemap.js";

const L = window.L;
const box = document.getElementById("claim-map");
const place = [Number(box.dataset.lat), Number(box.dataset.lon)];
const map = makeMap(box);
const seen = [place];
map.setView(place, 16);

function pin(point, text, name, className) {
  const icon = L.divIcon({ className: `near-pin ${className}`, html: text, iconSize: [26, 26] });
  const marker = L.marker(point, { icon, keyboard: false, interactive: false }).addTo(map);
  marker.getElement().setAttribute("role", "img");
  marker.getElement().setAttribute("aria-label", name);
}

for (const row of document.querySelectorAll("[data-near]")) {
  const point = [Number(row.dataset.lat), Number(row.dataset.lon)];
  pin(point, row.dataset.near, row.dataset.name, "");
  if (Number(row.dataset.away) <= 600) seen.push(point);
}
pin(place, "●", box.dataset.here, "near-pin--claimed");
if (seen.length > 1) map.fitBounds(L.latLngBounds(seen).pad(0.15), { maxZoom: 17, animate: false });
