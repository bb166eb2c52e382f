// Keeps the numbers fresh: asks for the rows, marks what changed, says how old everything is, and says so when
// the network is gone instead of showing old numbers as if they were new.

const box = document.getElementById("results");
const fresh = document.getElementById("fresh");
const heard = document.getElementById("heard");

let tag = null;
let toldAt = performance.now();
let timer = 0;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function clock() {
  const options = { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: box.dataset.zone };
  return new Intl.DateTimeFormat("zh-CN", options).format(new Date());
}

function say(seconds, isCutOff) {
  const words = box.dataset;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (isCutOff) {
    if (minutes < 60) return fill(words.cutMinutes, { n: Math.max(1, minutes) });
    return hours < 24 ? fill(words.cutHours, { n: hours }) : fill(words.cutDays, { n: Math.floor(hours / 24) });
  }
  if (minutes < 1) return words.minute;
  if (minutes < 60) return fill(words.minutes, { n: minutes });
  return hours < 24 ? fill(words.hours, { n: hours }) : fill(words.days, { n: Math.floor(hours / 24) });
}

function age() {
  const passed = (performance.now() - toldAt) / 1000;
  for (const each of box.querySelectorAll("[data-age]")) {
    const text = say(Number(each.dataset.age) + passed, "cutOff" in each.dataset);
    if (each.textContent !== text) each.textContent = text;
  }
}

function frees() {
  return new Map([...box.querySelectorAll(".lot")].map((row) => [row.dataset.id, row.dataset.state + row.dataset.free]));
}

function replace(html) {
  const before = frees();
  const held = document.activeElement?.closest?.(".lot")?.id;
  box.innerHTML = html;
  toldAt = performance.now();
  if (held) document.querySelector(`#${CSS.escape(held)} a`)?.focus({ preventScroll: true });
  let changed = 0;
  for (const row of box.querySelectorAll(".lot")) {
    const old = before.get(row.dataset.id);
    if (old !== undefined && old !== row.dataset.state + row.dataset.free) {
      row.classList.add("is-changed");
      changed += 1;
    }
  }
  if (changed) heard.textContent = fill(heard.dataset.changed, { count: changed });
  document.dispatchEvent(new CustomEvent("rows"));
}

function saidFresh() {
  box.classList.remove("is-lost");
  fresh.classList.remove("is-lost");
  fresh.querySelector("span").textContent = fill(fresh.dataset.live, { time: clock() });
  fresh.querySelector("a").hidden = true;
  fresh.dataset.time = clock();
}

function saidLost() {
  if (box.classList.contains("is-lost")) return;
  box.classList.add("is-lost");
  fresh.classList.add("is-lost");
  const text = fill(fresh.dataset.lost, { time: fresh.dataset.time });
  fresh.querySelector("span").textContent = text;
  heard.textContent = text;
}

async function ask() {
  const asked = box.dataset.rows;
  try {
    const headers = tag ? { "If-None-Match": tag } : {};
    const response = await fetch(asked, { headers, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    if (asked !== box.dataset.rows) return;
    if (response.status === 200) {
      replace(await response.text());
      tag = response.headers.get("ETag");
    } else if (response.status !== 304) {
      throw new Error(String(response.status));
    }
    saidFresh();
  } catch {
    if (asked === box.dataset.rows) saidLost();
  }
  age();
}

// Nobody looks at a hidden page: it waits, and asks at once when it is seen again.
async function turn() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") await ask();
  clearTimeout(timer);
  timer = setTimeout(turn, Number(box.dataset.every) * 1000);
}

// Another script of the page wants the rows of another address of ours, without a new page.
function turnTo({ detail }) {
  box.dataset.rows = detail;
  tag = null;
  turn();
}

if (box) {
  fresh.dataset.time = clock();
  saidFresh();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && turn());
  document.addEventListener("look", turnTo);
  window.addEventListener("online", turn);
  timer = setTimeout(turn, Number(box.dataset.every) * 1000);
}
