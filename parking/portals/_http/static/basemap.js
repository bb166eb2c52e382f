// The ground under every map: tiles of a file, tiles of Tianditu, or none, and always the districts' outlines.

const L = window.L;

function addTiles(map, words) {
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

async function addOutlines(map, words) {
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

// A map in `box`, whose data say where the outlines and tiles are and what the buttons are called.
// Outlines and names come once the map has a view.
export function makeMap(box) {
  const words = box.dataset;
  box.hidden = false;
  const map = L.map(box, { zoomControl: false, attributionControl: true });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  // Names lie under the marks: what they cover can be read elsewhere.
  map.createPane("names").style.zIndex = "450";
  addTiles(map, words);
  map.whenReady(() => addOutlines(map, words));
  return map;
}
