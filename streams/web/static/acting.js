// Lets people act: sends what they choose to the server, says what came of it, and offers to take it back.
// What an action is about stands in the data attributes of the element around its button; texts are set as text.

const ANSWER_MS = 10000; // a worker that runs has answered long before
const NAME = "dealwatch.name";
const KEYS_OFF = "dealwatch.keys-off";
const ENTRIES = "tr.row, .entry";
const FORECAST = "forecast"; // what an action was about that is of no alert
const SAID = {
  acknowledge: "Acknowledged",
  snooze: "Snoozed",
  dismiss: "Marked as not useful",
  done: "Done",
  assign: "Assigned",
  reopen: "Taken back",
  hold: "On hold",
  release: "Hold ended",
  accept: "Accepted",
  reject: "Rejected",
  adjust: "Said",
  unadjust: "Taken back",
};

const body = document.body;
const panel = document.getElementById("panel");
const outcome = document.getElementById("outcome");
const outcomeText = document.getElementById("outcome-text");
const undoButton = document.getElementById("undo");
const againButton = document.getElementById("again");
const closeButton = document.getElementById("dismiss-outcome");
const person = document.querySelector(".whoami");

/* ---------------------------------------------------------------- what the browser keeps */

const kept = {};
function recall(name) {
  try {
    return localStorage.getItem(name) ?? kept[name] ?? "";
  } catch {
    return kept[name] ?? ""; // a browser may keep nothing
  }
}

function keep(name, value) {
  kept[name] = value;
  try {
    localStorage.setItem(name, value);
  } catch {
    /* then it is asked for again */
  }
}

function showName() {
  const button = document.getElementById("person-name");
  if (!button) return;
  const name = recall(NAME);
  button.textContent = name || "Your name";
  button.setAttribute("aria-label", name ? `${name}: change your name` : "Your name");
}

/* ---------------------------------------------------------------- what came of it */

let undo = null;
let again = null;
let waiting = 0;
let about = null;

/** The line lies over everything, also over the panel, outside of which nothing can be reached while it is open. */
function place() {
  const home = panel.open ? panel : body;
  if (outcome.parentElement !== home) home.append(outcome);
}

function tell(text, { back = null, retry = null } = {}) {
  undo = back;
  again = retry;
  place();
  outcome.classList.toggle("shown", Boolean(text));
  undoButton.hidden = !back;
  againButton.hidden = !retry;
  closeButton.hidden = !text;
  outcomeText.textContent = text;
}

undoButton.addEventListener("click", () => {
  const { request, scope } = undo;
  send({ ...request, key: newKey() }, "reopen", scope, null);
  focusOn(scope.alert);
});

againButton.addEventListener("click", () => again());

closeButton.addEventListener("click", () => {
  tell("");
  focusOn(about);
});

function focusOn(alert) {
  if (alert === FORECAST) {
    document.querySelector(".manager [data-act]")?.focus({ preventScroll: true });
    return;
  }
  const home = panel.open ? panel : document;
  const named = alert && home.querySelector(`.acts[data-alert="${CSS.escape(alert)}"]`);
  (named || home.querySelector(".entry, #deal-title"))?.focus({ preventScroll: true });
}

/* ---------------------------------------------------------------- sending */

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
}

/** The forecast that a figure is of. */
function figureOf({ period, level, unit }) {
  return { action: "adjust", period, level, unit };
}

const ABOUT_A_DEAL = ["hold", "release", "accept", "reject"];

/** How to take an action back that is about to be sent; none where nothing is to be taken back. */
function takingBack(act, scope) {
  if (act === "adjust") return { ...figureOf(scope), amount: "" };
  if (act === "unadjust") return { ...figureOf(scope), amount: scope.amount, note: scope.why };
  if (act === "reopen" || act === "accept" || act === "reject") return null;
  if (act === "assign") return { action: "assign", alert: scope.alert, to: scope.assignee ?? "" };
  if (act !== "hold" && act !== "release") return { action: "reopen", alert: scope.alert };
  if (!scope.hold) return { action: "release", deal: scope.dealId };
  return { action: "hold", deal: scope.dealId, reason: scope.hold, until: scope.holdUntil ?? "" };
}

function perform(act, scope, fields = {}) {
  if (person.dataset.user === undefined && !recall(NAME)) {
    ask("who", scope, () => perform(act, scope, fields));
    return;
  }
  const request = takingBack(act, scope);
  if (act === "adjust" || act === "unadjust") {
    const figure = { ...figureOf(scope), amount: "", ...fields, key: newKey() };
    send(figure, act, { ...scope, alert: FORECAST }, { request, scope: { ...scope, alert: FORECAST } });
    return;
  }
  const which = ABOUT_A_DEAL.includes(act) ? { deal: scope.dealId } : { alert: scope.alert };
  send({ action: act, ...which, ...fields, key: newKey() }, act, scope, request && { request, scope });
}

const underWay = new Set();

async function send(request, act, scope, back) {
  const subject = request.alert ?? request.deal ?? `${request.period} ${request.level} ${request.unit}`;
  if (underWay.has(subject)) return; // a second click of one intention
  underWay.add(subject);
  about = act === "accept" || act === "reject" ? null : scope.alert; // an answer need not move the alert
  clearTimeout(waiting);
  const retry = () => send(request, act, scope, back);
  try {
    const answer = await fetch("/api/actions", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ ...request, actor: recall(NAME) }),
    });
    if (answer.ok) {
      told(`${SAID[act]}: ${wordOf(request.rule, scope)}${scope.name}.`, back);
      return;
    }
    const problem = await answer.json().catch(() => null);
    const why = problem?.error?.message ?? `the server answered ${answer.status}`;
    tell(`Not done: ${why}`, { retry: answer.status === 503 ? retry : null });
  } catch {
    tell("Not done: the server cannot be reached.", { retry });
  } finally {
    underWay.delete(subject);
  }
}

/** The one reason of several that an action was about, as it stands before the deal's name. */
function wordOf(rule, scope) {
  const word = rule && scope.reasons?.find((each) => each.rule === rule)?.word;
  return word ? `${word}, ` : "";
}

function told(text, back) {
  tell(text, { back });
  const line = outcomeText.textContent;
  waiting = setTimeout(() => {
    if (outcomeText.textContent === line) {
      const who = about === FORECAST ? "The forecast" : "The deal";
      tell(`${text} ${who} has not answered yet: nothing changed, or no worker is at work.`, { back });
    }
  }, ANSWER_MS);
}

document.addEventListener("news", ({ detail }) => {
  if (about === FORECAST && !detail.revenue) return;
  const said = about === FORECAST || detail.alerts.some((each) => each.key.startsWith(`${about}:`));
  if (said || !about || detail.many) clearTimeout(waiting);
});
document.addEventListener("shown", place);
panel.addEventListener("close", place);

/* ---------------------------------------------------------------- buttons and dialogues */

let asked = null;

/** Ask for what an action needs to know; `then` is called with that. */
function ask(name, scope, then, rule = "") {
  const dialogue = document.getElementById(`ask-${name}`);
  const form = dialogue.querySelector("form");
  form.reset();
  dialogue.querySelector(".about-what").textContent = scope.name ?? "";
  if (form.elements.rule) fillReasons(form, scope.reasons ?? [], rule);
  if (name === "assign") form.elements.to.value = scope.assignee ?? "";
  if (name === "adjust") {
    form.elements.amount.value = scope.amount ?? "";
    form.elements.note.value = scope.why ?? "";
  }
  if (name === "who") form.elements.actor.value = recall(NAME);
  if (name === "keys") document.getElementById("keys-on").checked = !recall(KEYS_OFF);
  asked = then;
  dialogue.showModal();
}

function fillReasons(form, reasons, rule) {
  const select = form.elements.rule;
  select.replaceChildren(select.options[0], ...reasons.map(({ rule, word }) => new Option(word, rule)));
  select.value = rule;
  select.closest("label").hidden = reasons.length < 2;
}

/** What an action is about, as it is now: the page may change while a dialogue is open. */
function scopeOf(element) {
  const found = element.closest(".acts");
  const reasons = [...found.querySelectorAll("[data-reason]")].map(({ dataset }) => ({
    rule: dataset.reason,
    word: dataset.word,
  }));
  return { ...found.dataset, reasons };
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    ask(opener.dataset.open, {}, () => {});
    return;
  }
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  const act = button.dataset.act;
  const scope = scopeOf(button);
  const { rule } = button.dataset;
  if (act === "accept" || act === "reject") answerUpdate(act, scope, button.dataset);
  else if (!document.getElementById(`ask-${act}`)) perform(act, scope, rule ? { rule } : {});
  else ask(act, scope, (fields) => perform(act, scope, fields), rule);
});

/** Accept a proposed update as it is shown, or reject it; where it ends the deal, ask once more. */
function answerUpdate(act, scope, { update, value, confirm }) {
  const fields = act === "accept" ? { update, value } : { update };
  if (!confirm) {
    perform(act, scope, fields);
    return;
  }
  ask("accept", scope, () => perform(act, scope, fields));
  document.getElementById("accept-what").textContent = confirm;
}

/** The fields of a dialogue as the server takes them; none where something is missing. */
function fieldsOf(form, button) {
  const { day, note, rule, to, reason, actor } = form.elements;
  const fields = note?.value ? { note: note.value } : {};
  if (rule?.value) fields.rule = rule.value;
  switch (form.dataset.form) {
    case "snooze":
      if (button.name === "days") return { ...fields, days: Number(button.value) };
      day.required = true;
      if (!form.reportValidity()) return null;
      return { ...fields, until: day.value };
    case "dismiss":
      return { ...fields, reason: button.value };
    case "assign":
      return { ...fields, to: button.name === "back" ? "" : to.value.trim() };
    case "hold":
      return { ...fields, reason: reason.value, until: day.value };
    case "adjust":
      return { ...fields, amount: form.elements.amount.value };
    case "who":
      if (!actor.value.trim()) return null;
      keep(NAME, actor.value.trim());
      showName();
      return {};
    default:
      return {};
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.form || event.submitter?.value === "cancel") return;
  event.preventDefault();
  const fields = fieldsOf(form, event.submitter);
  if (!fields) return;
  form.closest("dialog").close();
  asked(fields);
});

for (const form of document.querySelectorAll("form[data-form]")) {
  form.addEventListener("reset", () => {
    if (form.elements.day) form.elements.day.required = false;
  });
}

document.getElementById("keys-on").addEventListener("change", (event) => {
  keep(KEYS_OFF, event.target.checked ? "" : "off");
});

/* ---------------------------------------------------------------- keys */

const BUTTON_OF = { a: "acknowledge", s: "snooze", d: "done", n: "dismiss" };

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key === "Enter" && target.matches("#ask-snooze input, #ask-dismiss input")) {
    event.preventDefault(); // Enter would take the first of several choices
    if (target.name === "day") target.form.requestSubmit(target.form.querySelector("[name=until]"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || recall(KEYS_OFF)) return;
  if (target.closest("input, select, textarea, [contenteditable]") || document.querySelector(".ask[open]")) return;
  if (onKey(event.key, target)) event.preventDefault();
});

function onKey(pressed, target) {
  if (pressed === "?") ask("keys", {}, () => {});
  else if (pressed === "j" || pressed === "k") step(pressed === "j" ? 1 : -1);
  else if (pressed === "u" && undo) undoButton.click();
  else if (pressed === "Enter" && target.matches(".entry")) target.querySelector("a[data-deal]").click();
  else if (BUTTON_OF[pressed]) press(BUTTON_OF[pressed]);
  else return false;
  return true;
}

function step(by) {
  if (panel.open) return;
  const entries = [...document.querySelectorAll(ENTRIES)];
  const at = entries.indexOf(document.activeElement.closest(ENTRIES));
  const next = entries[at < 0 ? 0 : at + by];
  (next?.matches("tr") ? next.querySelector("a") : next)?.focus();
}

/** Press a button of the alert with the focus, or of the one that is open; with the focus in a reason, that reason's. */
function press(act) {
  const single = panel.open ? panel : body.dataset.kind === "deal" ? document : null;
  const scope = single
    ? single.querySelector(".acts[data-alert]")
    : document.activeElement.closest(".acts[data-alert]");
  const reason = document.activeElement.closest(".reason");
  const own = scope?.contains(reason) && reason.querySelector(`[data-act="${act}"]`);
  const button = own || scope?.querySelector(`.actions [data-act="${act}"]`);
  if (button) button.click();
  else if (body.dataset.kind !== "inbox" || scope) return;
  else if (document.querySelector(".entry.acts")) tell("Choose an alert first: j and k go through them.");
  else tell("There is no alert here.");
}

showName();
