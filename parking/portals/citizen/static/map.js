// The map shows the rows of the list, numbered alike. It draws what it has: tiles of a file, tiles of Tianditu,
// or none, and always the outlines of the districts.

const L = window.L;
const box = document.getElementById("map");
const words = box.dataset;
const pins = new Map();
let chosen = null;
const layer = L.layerGroup();
const SVG = "http://www.w3.org/2000/svg";

box.hidden = false;
document.getElementById("map-act").hidden = false;
const map = L.map(box, { zoomControl: false, attributionControl: true });
map.attributionControl.setPrefix(false);
L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
// Names lie under the marks: what they cover can be read elsewhere.
map.createPane("names").style.zIndex = "450";
layer.addTo(map);

function addTiles() {
  if (words.tianditu) {
    const label = words.lang === "en" ? "eva" : "cva";
    for (const kind of ["vec", label]) {
      const query = `SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${kind}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles`;
      const url = `https://t{s}.tianditu.gov.cn/${kind}_w/wmts?${query}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=${words.tianditu}`;
      L.tileLayer(url, { subdomains: "01234567", maxZoom: 18, attribution: "天地图 GS(2024)0568号" }).addTo(map);
    }
  } else if (words.tiles) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const options = { url: words.tiles, flavor: dark ? "dark" : "light", lang: words.lang, attribution: "© OpenStreetMap" };
    window.protomapsL.leafletLayer(options).addTo(map);
  }
}

function label({ name, lat, lon }, className) {
  const text = document.createElement("span");
  text.textContent = name;
  const options = { permanent: true, direction: className === "place-name" ? "bottom" : "center", className, interactive: false, pane: "names" };
  return L.tooltip(options).setLatLng([lat, lon]).setContent(text);
}

async function addOutlines() {
  const response = await fetch(words.outlines);
  if (!response.ok) return;
  const { features } = await response.json();
  const style = { color: "#7a8497", weight: 1, fillOpacity: 0.04, interactive: false };
  L.geoJSON(features.filter(({ geometry }) => geometry?.type === "Polygon"), { style, interactive: false }).addTo(map);
  if (words.tianditu || words.tiles) return;
  // Without tiles the names are all that tells where one is; landmarks only where there is room for them.
  const places = L.layerGroup();
  const districts = L.layerGroup();
  for (const { geometry, properties } of features) {
    if (geometry?.type !== "Point") districts.addLayer(label(properties, "outline-name"));
    else {
      const dot = { radius: 2.5, color: "#7a8497", fillOpacity: 1, interactive: false };
      places.addLayer(L.circleMarker([properties.lat, properties.lon], dot)).addLayer(label(properties, "place-name"));
    }
  }
  const fit = () => {
    const isClose = map.getZoom() >= 14;
    (isClose ? places : districts).addTo(map);
    (isClose ? districts : places).remove();
  };
  map.on("zoomend", fit);
  fit();
}

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

addTiles();
map.setView([Number(words.lat ?? 0), Number(words.lon ?? 0)], 14);
drawPins();
frame();
addOutlines();
document.addEventListener("rows", drawPins);
map.on("click", (event) => searchAt(event.latlng));
document.getElementById("search-here").addEventListener("click", () => searchAt(map.getCenter()));
document.getElementById("results").addEventListener("focusin", (event) => {
  const row = event.target.closest(".lot");
  if (row) choose(row.dataset.id);
});
