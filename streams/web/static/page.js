// Keeps the page fresh and opens deals beside the table. Without it everything works by links and forms.
// All HTML comes from our own server, where every text is escaped; nothing here builds HTML from data.

const REFRESH_MS = 1200; // a table that jumps more often than this cannot be read
const MODELS_MS = 5000; // they change once a day; only a replay is faster
const SAY_MS = 5000; // a screen reader is not interrupted more often than this
const FEED_LINES = 40;
const PARTS = ["as-of", "figures", "tabs", "filters", "deals", "entries", "feed", "quality", "feeds", "deals-head"];
const MAX_BACKOFF_MS = 20000;

const body = document.body;
const panel = document.getElementById("panel");
const homeTitle = document.title;
// The pages with a list: the address of each. Its filters stand in the address, its parts are made anew by the server.
const listPath = { board: "/", inbox: "/inbox" }[body.dataset.kind];
let listQuery = listPath ? location.search : "";
let panelPath = null;
let panelDepth = 0;

/* ---------------------------------------------------------------- parts of pages */

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html").body;
}

class Unreachable extends Error {}

/** Get a fragment, and whether the server was content with the question. */
async function get(path) {
  try {
    const answer = await fetch(path, { headers: { accept: "text/html" } });
    if (answer.status === 401) location.reload(); // the session has ended: the server asks for the token
    return { ok: answer.ok, fragment: parse(await answer.text()) };
  } catch {
    throw new Unreachable(path); // the network's fault, not ours: the connection's sign says so already
  }
}

/** Make `from` look like `to`, touching only what differs, so that focus, scrolling and open details stay. */
function morph(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.nodeType !== Node.ELEMENT_NODE || from.nodeName !== to.nodeName || key(from) !== key(to)) {
    from.replaceWith(to);
    return;
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
  }
  if (from.classList.contains("arrived")) to.classList.add("arrived"); // lit until its animation ends
  for (const { name, value } of to.attributes) {
    if (name !== "open" && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  const keyed = new Map([...from.children].filter(key).map((child) => [key(child), child]));
  const wanted = new Set([...to.children].map(key));
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    // First take out what is gone: then what stays need not be moved, and keeps its focus.
    while (at && key(at) && !wanted.has(key(at))) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    const match = key(next) ? keyed.get(key(next)) : at && !key(at) && at.nodeName === next.nodeName ? at : null;
    if (!match) {
      if (next.nodeName === "TR" && from.hasChildNodes()) next.classList.add("arrived");
      from.insertBefore(next, at);
      continue;
    }
    keyed.delete(key(match));
    if (match === at) at = at.nextSibling;
    else from.insertBefore(match, at);
    morph(match, next);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function key(node) {
  return node.dataset?.key;
}

/** Replace every part of the page that the fragment has, by id. The form is left alone while somebody uses it. */
function show(fragment) {
  const focused = document.activeElement;
  const place = entryOf(focused);
  for (const id of PARTS) {
    const now = document.getElementById(id);
    const next = fragment.querySelector(`#${id}`);
    if (!now || !next) continue;
    if (id === "filters" && now.contains(focused)) morph(now.querySelector(".clear"), next.querySelector(".clear"));
    else morph(now, next);
  }
  keepFocus(focused, place);
  document.dispatchEvent(new Event("shown"));
}

/** What j and k go through: rows of the table, entries of the inbox. */
const ENTRIES = "tr.row, .entry";

/** Where an element is in the list: its entry, and the number of that entry. */
function entryOf(element) {
  const entry = element?.closest(ENTRIES);
  return entry && { key: key(entry), number: [...document.querySelectorAll(ENTRIES)].indexOf(entry) };
}

/** What changes its place loses the focus; give it back, or to the entry that it was in, or to the one in its place. */
function keepFocus(focused, place) {
  if (document.activeElement !== body || focused === body || !focused) return;
  focused.focus({ preventScroll: true });
  if (document.activeElement === focused || !place) return;
  const entries = [...document.querySelectorAll(ENTRIES)];
  const entry = entries.find((each) => key(each) === place.key) ?? entries[Math.min(place.number, entries.length - 1)];
  (entry?.matches("tr") ? entry.querySelector("a") : entry)?.focus({ preventScroll: true });
}

let listTurn = 0;
async function refreshList() {
  if (!listPath) return;
  const turn = ++listTurn;
  const { ok, fragment } = await get(`/fragments/${body.dataset.kind}${listQuery}`);
  if (!ok) throw new Error("the server could not make the list");
  if (turn === listTurn) show(fragment); // an older answer must not overwrite a newer one
}

async function refreshDeal() {
  const shown = document.getElementById("portrait");
  const path = shownPath();
  if (!shown || !path) return;
  const next = (await get(`/fragments${path}`)).fragment.querySelector("article");
  if (!next || shownPath() !== path) return;
  const focused = document.activeElement;
  const inside = shown.contains(focused);
  morph(shown, next);
  // A button that is gone, as the action is done, leaves the focus at what it was about.
  if (inside && !focused.isConnected) document.querySelector("#portrait .episode, #deal-title")?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("shown"));
}

/** The pages of what changes with the models of a day. */
async function refreshModels() {
  const { kind } = body.dataset;
  const shown = document.getElementById(kind);
  if ((kind !== "models" && kind !== "rules") || !shown) return;
  const { ok, fragment } = await get(`/fragments/${kind}`);
  const next = fragment.querySelector(`#${kind}`);
  if (ok && next) morph(shown, next);
}

/** What of a page of revenue follows the answers, as its address says. */
async function refreshRevenue() {
  const shown = document.getElementById("revenue");
  if (!shown) return;
  const { ok, fragment } = await get(`/fragments${location.pathname}${location.search}`);
  const next = fragment.querySelector("#revenue");
  if (ok && next) morph(shown, next);
}

/** A dashboard's panels, as its address says. */
async function refreshDashboard() {
  const shown = document.getElementById("dashboard");
  const { ok, fragment } = await get(`/fragments${location.pathname}${location.search}`);
  const next = fragment.querySelector("#dashboard");
  if (ok && next) morph(shown, next);
}

/* ---------------------------------------------------------------- at most so often */

/** Call `work` soon, but at most once in `pause` ms; when the server is away it is called again at its return. */
function paced(work, pause) {
  let waiting = false;
  let last = -Infinity;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(async () => {
      waiting = false;
      last = performance.now();
      try {
        await work();
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
    }, Math.max(0, last + pause - performance.now()));
  };
}

const listSoon = paced(refreshList, REFRESH_MS);
const dealSoon = paced(refreshDeal, REFRESH_MS);
const modelsSoon = paced(refreshModels, MODELS_MS);
const revenueSoon = paced(refreshRevenue, MODELS_MS);
const dashboardSoon = paced(refreshDashboard, REFRESH_MS);

/* ---------------------------------------------------------------- live */

let source = null;
let lastId = body.dataset.position;
let backoff = 1000;
let retry = 0;
let wasLost = false;

function connection(state, text) {
  const element = document.getElementById("connection");
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.firstElementChild.textContent = text;
}

function connect() {
  clearTimeout(retry);
  source?.close();
  if (document.hidden) return; // a browser has few connections per site: a hidden page needs none
  source = new EventSource(`/live?since=${encodeURIComponent(lastId)}`);
  source.addEventListener("open", () => {
    backoff = 1000;
    if (wasLost) {
      listSoon();
      dealSoon();
      modelsSoon();
      revenueSoon();
    }
    wasLost = false;
    connection("live", "Live");
  });
  source.addEventListener("change", (event) => {
    lastId = event.lastEventId;
    changed(JSON.parse(event.data));
  });
  source.addEventListener("reload", (event) => {
    lastId = event.lastEventId || lastId;
    listSoon();
    dealSoon();
    revenueSoon();
  });
  source.addEventListener("error", () => {
    wasLost = true;
    connection("lost", "Reconnecting…");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    get("/version").catch(() => {}); // a stream does not say why it was refused
    retry = setTimeout(connect, backoff);
    backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
  });
}

function changed(news) {
  const asOf = parse(news.as_of).firstElementChild;
  const shown = document.getElementById("as-of");
  if (shown && asOf) morph(shown, asOf);
  for (const alert of news.alerts) addToFeed(alert);
  document.dispatchEvent(new CustomEvent("news", { detail: news }));
  modelsSoon();
  if (news.revenue) revenueSoon();
  const many = news.deals === null || news.many;
  if (many || news.deals.length) listSoon();
  if (many || news.deals.some((deal) => samePath(dealPath(deal), shownPath()))) dealSoon();
}

function shownPath() {
  return panelPath ?? (body.dataset.kind === "deal" ? location.pathname : "");
}

function dealPath(deal) {
  return `/deals/${encodeURIComponent(deal)}`;
}

/** Two spellings of the same path: browsers and servers differ in which harmless characters they encode. */
function samePath(one, other) {
  try {
    return decodeURIComponent(one) === decodeURIComponent(other);
  } catch {
    return one === other;
  }
}

function addToFeed(alert) {
  const lines = document.getElementById("feed-lines");
  if (!lines || lines.querySelector(`[data-key="${CSS.escape(alert.key)}"]`)) return;
  const line = parse(alert.html).firstElementChild;
  line.classList.add("arrived");
  lines.prepend(line);
  lines.parentElement.querySelector(".empty")?.setAttribute("hidden", "");
  while (lines.children.length > FEED_LINES) lines.lastElementChild.remove();
  say(alert.say);
}

const sentences = [];
function say(sentence) {
  sentences.push(sentence);
  speakSoon();
}

const speakSoon = paced(async () => {
  const [first] = sentences;
  const more = sentences.length - 1;
  sentences.length = 0;
  document.getElementById("announcer").textContent = more ? `${first} And ${more} more.` : first;
}, SAY_MS);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source?.close();
    return;
  }
  connection("lost", "Reconnecting…");
  connect();
});

/* ---------------------------------------------------------------- the deal beside the table */

async function openDeal(path) {
  const { fragment } = await get(`/fragments${path}`);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.setAttribute("aria-label", "Close");
  close.textContent = "✕";
  close.addEventListener("click", () => panel.close());
  panel.replaceChildren(close, ...fragment.childNodes);
  panelPath = path;
  document.title = `${panel.querySelector("#deal-title")?.textContent ?? "Deal"} – Dealwatch`;
  if (!panel.open) panel.showModal();
  panel.scrollTop = 0;
  panel.querySelector("#deal-title")?.focus();
  document.dispatchEvent(new Event("shown"));
}

async function visit(link) {
  const path = new URL(link.href).pathname;
  try {
    await openDeal(path);
    history.pushState({ depth: ++panelDepth }, "", path);
  } catch {
    location.assign(link.href);
  }
}

panel.addEventListener("close", () => {
  panelPath = null;
  panel.replaceChildren();
  document.title = homeTitle;
  if (panelDepth) {
    history.go(-panelDepth);
    panelDepth = 0;
  }
  listSoon();
});

panel.addEventListener("click", (event) => {
  if (event.target === panel) panel.close(); // the backdrop belongs to the dialog
});

window.addEventListener("popstate", () => {
  const depth = history.state?.depth ?? 0;
  if (depth) {
    panelDepth = depth;
    openDeal(location.pathname).catch(() => location.reload());
    return;
  }
  panelDepth = 0;
  if (panel.open) panel.close();
  if (listPath && location.search !== listQuery) {
    listQuery = location.search;
    fillForm();
    listSoon();
  }
});

document.addEventListener("click", (event) => {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a");
  if (link?.hasAttribute("data-filter")) {
    event.preventDefault();
    filterBy(new URL(link.href).search);
    fillForm();
    return;
  }
  const row = event.target.closest("tr[data-key]");
  const wantsDeal = link?.hasAttribute("data-deal") || (!link && row && !event.target.closest("button, .about"));
  if (!wantsDeal || !listPath || getSelection().toString()) return;
  event.preventDefault();
  visit(link ?? row.querySelector("a[data-deal]"));
});

/* ---------------------------------------------------------------- filters */

const form = document.getElementById("filters");

function filterBy(query) {
  if (query === listQuery) return;
  listQuery = query;
  history.pushState({}, "", `${listPath}${query}`);
  refreshList()
    .then(() => say(document.querySelector("#deals-head .sub")?.textContent ?? "No deal passes these filters."))
    .catch(() => location.reload());
}

function formQuery() {
  const fields = [...new FormData(form)].filter(([name, value]) => value && !(name === "show" && value === "risk"));
  const query = new URLSearchParams(fields).toString();
  return query ? `?${query}` : "";
}

function fillForm() {
  const query = new URLSearchParams(listQuery);
  for (const field of form.elements) {
    if (field.name) field.value = query.get(field.name) ?? (field.name === "show" ? "risk" : "");
  }
}

if (form) {
  let typing = 0;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    filterBy(formQuery());
  });
  form.addEventListener("change", () => filterBy(formQuery()));
  form.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(typing);
    typing = setTimeout(() => filterBy(formQuery()), 250);
  });
}

/* ---------------------------------------------------------------- dashboards */

const refreshS = Number(document.getElementById("dashboard")?.dataset.refresh);
if (refreshS) setInterval(() => document.hidden || dashboardSoon(), refreshS * 1000);
const choices = document.getElementById("choices");
choices?.addEventListener("change", () => choices.requestSubmit());

/* ---------------------------------------------------------------- begin */

document.addEventListener("animationend", (event) => event.target.classList.remove("arrived"));

document.documentElement.classList.add("scripted");
connection("lost", "Connecting…");
connect();
