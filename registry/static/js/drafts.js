// Forms marked data-draft keep what was typed in this tab until it is saved, so that it outlives
// an expired sign-in, a failed connection and a closed page. Passwords, files and hidden fields
// are never kept.
//
// data-draft="offered": the page brings a proposal of its own, so an older draft is only offered.
// data-draft="taken": the page already holds what was typed; it becomes the draft.
//
// A draft is "sent" from the submit until the next page. That page tells how it ended: with a
// message of success the draft is dropped, otherwise it stays.

import { drop, dropAll, keep, kept, revise } from "./store.js";

const TYPES = new Set([
  "text", "search", "email", "number", "date", "tel", "url", "textarea", "select-one",
  "select-multiple", "radio", "checkbox",
]);

const nameOf = (form) => `draft:${location.pathname}:${form.getAttribute("action")}`;
const controls = (form) =>
  [...form.elements].filter((item) => item.name && TYPES.has(item.type) && !item.readOnly);

function read(form) {
  const values = {};
  for (const item of controls(form)) {
    const list = (values[item.name] ??= []);
    if (item.type === "radio" || item.type === "checkbox") {
      if (item.checked) list.push(item.value);
    } else if (item.type === "select-multiple") {
      list.push(...[...item.selectedOptions].map((option) => option.value));
    } else list.push(item.value);
  }
  return values;
}

function write(form, values) {
  const next = {};
  for (const item of controls(form)) {
    const list = values[item.name];
    if (!list) continue;
    if (item.type === "radio" || item.type === "checkbox") item.checked = list.includes(item.value);
    else if (item.type === "select-multiple") {
      for (const option of item.options) option.selected = list.includes(option.value);
    } else {
      const at = (next[item.name] = (next[item.name] ?? -1) + 1);
      if (at < list.length) item.value = list[at];
    }
  }
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const version = (form) => form.elements.version?.value ?? null;

function settleSent() {
  const saved = document.querySelector('.kz-banner--success[role="status"]') !== null;
  revise("draft:", (draft) => {
    if (!draft.sent) return draft;
    return saved ? null : { ...draft, sent: false };
  });
}

function note(form, text, acts) {
  const place = document.createElement("div");
  place.className = "kz-draft-note";
  const words = document.createElement("p");
  words.setAttribute("role", "status");
  place.append(words);
  for (const [label, act] of acts) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "kz-button kz-button--small";
    button.textContent = label;
    button.addEventListener("click", () => {
      act();
      place.remove();
      controls(form)[0]?.focus();
    });
    place.append(button, " ");
  }
  form.prepend(place);
  // Filled after it is in the page, so that readers announce it.
  requestAnimationFrame(() => {
    words.textContent = text;
  });
}

function restore(form, how) {
  const draft = kept(nameOf(form));
  const stored = read(form);
  if (!draft) return;
  if (same(draft.values, stored)) {
    drop(nameOf(form));
    return;
  }
  if (how === "taken") {
    keep(nameOf(form), { ...draft, version: version(form), values: stored, sent: false });
    return;
  }
  // The server has just shown what was typed together with its errors.
  if (document.querySelector("[data-error-summary]")) return;
  const forget = ["捨てる", () => {
    write(form, stored);
    drop(nameOf(form));
  }];
  if (draft.version === version(form) && how === "offered") {
    note(form, `保存していない入力(${draft.at})があります。いまは、選んだ書き方を表示しています。`, [
      ["自分の入力を書き戻す", () => write(form, draft.values)],
      ["捨てる", () => drop(nameOf(form))],
    ]);
  } else if (draft.version === version(form)) {
    write(form, draft.values);
    note(form, `保存していない入力(${draft.at})を元に戻しました。まだ保存していません。`, [forget]);
  } else {
    note(form, `保存していない入力(${draft.at})があります。そのあとに別の変更が保存されています。`, [
      ["自分の入力を書き戻す", () => write(form, draft.values)],
      forget,
    ]);
  }
}

let signedOut = false;

function watch(form) {
  let timer = 0;
  const store = (sent) => {
    clearTimeout(timer);
    timer = 0;
    const at = new Date().toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit" });
    keep(nameOf(form), { version: version(form), values: read(form), at, sent });
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => store(false), 300);
  });
  form.addEventListener("submit", () => store(true));
  // The page may go away before the timer fires.
  addEventListener("pagehide", () => {
    if (timer && !signedOut) store(false);
  });
}

settleSent();

export function startDrafts(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) {
    if (form.dataset.draft === "on") continue;
    const how = form.dataset.draft;
    form.dataset.draft = "on";
    restore(form, how);
    watch(form);
  }
  for (const form of root.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", () => {
      signedOut = true;
      dropAll();
    });
  }
}
