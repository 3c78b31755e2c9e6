// A table of form fields that behaves like the spreadsheet people come from. The same table is a
// plain form: without this script every cell is an ordinary control and 「保存する」 posts them all.
//
// ── HTML (macros/grid.html writes all of it) ────────────────────────────────────────────────
//
// <form data-grid="KEY" class="kz-grid" method="post" action="PLAIN FORM" data-save-url="JSON"
//       data-sign-in-url="…" [data-complete]>
//     data-grid        names what is kept in this tab, e.g. "requirements-072028-facility-reservation"
//     data-complete    all rows of the list are in this page: sorting and filtering happen here;
//                      without it the links in the heads and the filter form ask the server
//     data-hidden-columns  {"note": "備考"}: columns put away; their stored values stay as they are,
//                      since only what was changed is sent
//   <input type="hidden" name="csrf_token" value="…">
//   <p role="status" data-grid-status></p>                       what has just happened
//   <button type="submit">保存する</button>                       saves all changed rows
//   <button type="submit" formaction="…" data-bulk>…</button>     an act on ticked rows (name="selected"):
//                                                                 changed rows are saved first
//   <button type="button" data-grid-add hidden>, <button type="button" data-grid-undo hidden>
//   <table>
//     <thead><tr><th data-field="text">…<a class="kz-sort" href="?sort=text">…</a></th>…</tr>
//       [<tr class="kz-filter-row"><th><input data-filter="text" form="FILTER FORM" …></th>…</tr>]
//     <tbody>
//       <tr data-row="12" data-version="3">                      a row not stored yet: data-row="new-1", no version
//         <td class="kz-select"><input type="checkbox" class="kz-select-row" name="selected" value="12" …></td>
//         <td data-field="text"><textarea class="kz-cell-control" name="rows-12-text" id="rows-12-text" …></textarea></td>
//         <td data-grid-part="state">…</td>                     drawn by the server, anew after a save (see `parts`)
//         <td data-row-state><input type="hidden" name="rows-12-version" value="3"><span data-row-state-text></span></td>
//   <template data-new-row> one such row with data-row="new-0"; 0 is replaced wherever "new-0" stands </template>
//
// ── Plain form (no JavaScript) ──────────────────────────────────────────────────────────────
// Names are rows-ID-FIELD and rows-ID-version; ID is a number or new-N. A new row whose fields
// are all as the template has them is no row. The answer is a redirect, or the page again with errors (422).
//
// ── Saving ──────────────────────────────────────────────────────────────────────────────────
// A row is saved when it is left, when the grid is left, and by 「保存する」.
//   POST data-save-url   Content-Type: application/json, Accept: application/json,
//                        X-CSRFToken, Idempotency-Key (the same for a repetition after a lost answer)
//   {"mode": "each" | "all",
//    "rows": [{"id": "12", "version": 3, "fields": {"text": "…"}},            only changed fields
//             {"id": "new-1", "version": null, "fields": {every field}}]}
// "each": every row stands for itself. "all" (a pasted block): all are stored or none is.
//
//   200 {"rows": [{"id": "12", "version": 4, "errors": {},
//                  "fields": {"text": "as stored"}?,                          where the server changed a value
//                  "parts": {"state": "markup"}?,                           what stands in data-grid-part by now
//                  "conflict": {"version": 5, "fields": {"text": "theirs"}, "who": "…"?, "at": "…"?}?}],
//        "parts": {"counts": "markup"}?,                                        the same, outside of the rows
//        "message": "…"?}                                                       said after 「n行を保存しました」
//        One answer a row, in the order sent; `id` is the stored id, also for new rows. A row with
//        errors ({"field": ["message"]}; "_row" for the whole row) or a conflict has not been stored.
//   422 the same, nothing stored ("all" with any error); rows without errors have "errors": {}.
//   401, or a redirect: signed out. Other answers: problem+json, its "detail" is shown.
// Whatever happens, text not stored stays in its cell, is marked 未保存 and is kept in this tab.
//
// ── Keys ────────────────────────────────────────────────────────────────────────────────────
// Chosen cell: arrows, Home, End, Ctrl+Home, Ctrl+End, Tab, Shift+Tab move; Enter or F2 edits;
// typing (also with an input method) replaces; Delete empties; Ctrl+V pastes a block; Ctrl+C copies
// the ticked rows or the cell; Ctrl+Z takes back; Shift+Space ticks the row, Shift+↑↓ a range,
// Ctrl+A all; Esc and then Tab leaves the table.
// Editing: Enter or Tab takes the text and moves on, Alt+Enter breaks the line, Esc takes it back.

import { Row, delivered } from "./grid-row.js";
import { startOrder } from "./grid-order.js";
import { Saver } from "./grid-save.js";
import { tick, visibleBoxes } from "./selection.js";
import { parseTable, writeTable } from "./tsv.js";

const MAX_UNDO = 100;
const composing = (event) => event.isComposing || event.keyCode === 229;
const isText = (item) => item instanceof HTMLTextAreaElement || (item instanceof HTMLInputElement && item.type === "text");
const growsByItself = CSS.supports("field-sizing", "content");

class Grid {
  constructor(form) {
    this.form = form;
    this.table = form.querySelector("table");
    this.body = this.table.tBodies[0];
    this.status = form.querySelector("[data-grid-status]");
    this.template = form.querySelector("template[data-new-row]");
    this.rows = [...this.body.querySelectorAll("tr[data-row]")].map((tr) => new Row(tr, this.defaults()));
    this.editing = null; // {control, before}
    this.released = false; // Esc was pressed: the next Tab leaves the table
    this.leaving = false;
    this.active = null; // the td that has or last had the focus
    this.reached = null; // what in it
    this.activeRow = null;
    this.hiddenColumns = JSON.parse(form.dataset.hiddenColumns ?? "{}"); // field → label
    this.undone = []; // lists of {row, field, before}
    this.blocks = 0;
    this.saver = new Saver(this);
    this.listen();
    form.classList.add("is-live");
    startOrder(this);
    this.showButtons();
    this.grow(this.body);
    this.setHeadHeight();
    for (const row of this.rows) {
      this.quiet(row.tr);
      if (row.dirty) this.changed(row);
    }
    this.saver.restore();
    this.refresh();
  }

  // ── words ──

  say(text, failed = false, link = null) {
    if (!this.status) return;
    this.status.classList.toggle("kz-grid-status--failed", failed);
    this.status.textContent = text;
    if (link) this.status.append(" ", link);
  }

  showButtons() {
    const add = this.form.querySelector("[data-grid-add]");
    if (add && this.template) {
      add.hidden = false;
      add.addEventListener("click", () => this.focus(this.cells(this.addRow().tr)[0]));
    }
    const undo = this.form.querySelector("[data-grid-undo]");
    if (undo) {
      undo.hidden = false;
      undo.disabled = true;
      undo.addEventListener("click", () => this.undo());
    }
    for (const item of this.form.querySelectorAll("[data-grid-only]")) item.hidden = false;
  }

  setHeadHeight() {
    const first = this.table.tHead?.rows[0];
    if (first) this.form.style.setProperty("--kz-head-height", `${first.offsetHeight}px`);
  }

  /** The undo button and the one cell that Tab reaches, after anything has changed. */
  refresh() {
    const undo = this.form.querySelector("[data-grid-undo]");
    if (undo) undo.disabled = this.undone.length === 0;
    const entry = this.active?.isConnected ? this.active : this.rows.length ? this.cells(this.rows[0].tr)[0] : null;
    const target = this.reached?.isConnected ? this.reached : entry && this.target(entry);
    if (!target) return;
    target.tabIndex = 0;
    this.reached = target;
  }

  /** Inside the table the arrows lead; Tab from outside reaches one cell only. */
  quiet(tr) {
    for (const item of tr.querySelectorAll("input, textarea, select, a, button, summary")) item.tabIndex = -1;
  }

  grow(root) {
    if (growsByItself) return;
    for (const area of root.querySelectorAll("textarea.kz-cell-control")) {
      area.style.height = "auto";
      area.style.height = `${area.scrollHeight}px`;
    }
  }

  // ── cells ──

  target(td) {
    return td.querySelector(".kz-cell-control") ?? td.querySelector('input:not([type="hidden"]), select, textarea, a[href], button');
  }

  /** What the arrows reach in a cell: its control, or one after the other a link and what unfolds. */
  stops(td) {
    if (td.dataset.field) return [this.target(td)];
    const every = td.querySelectorAll('input:not([type="hidden"]), select, textarea, a[href], button, summary');
    return [...every].filter((item) => item.checkVisibility());
  }

  /** On to the next thing within the cell; false where there is none. */
  within(td, element, step) {
    const stops = this.stops(td);
    const to = stops[stops.indexOf(element) + step];
    if (!stops.includes(element) || !to) return false;
    to.focus();
    return true;
  }

  cells(tr) {
    return [...tr.cells].filter((td) => this.target(td));
  }

  visibleRows() {
    return this.rows.filter((row) => !row.tr.hidden);
  }

  rowOf(element) {
    const tr = element.closest("tr[data-row]");
    return this.rows.find((row) => row.tr === tr) ?? null;
  }

  focus(td) {
    const target = td && this.target(td);
    if (!target) return false;
    target.focus();
    return true;
  }

  /** The cell some rows and columns away; null at the edge. */
  beside(td, down, right) {
    const rows = this.visibleRows();
    const at = rows.findIndex((row) => row.tr === td.parentElement);
    const tr = rows[at + down]?.tr;
    if (!tr) return null;
    const cells = this.cells(tr);
    if (right === 0) return cells.find((cell) => cell.cellIndex >= td.cellIndex) ?? cells.at(-1);
    return cells[cells.indexOf(td) + right] ?? null;
  }

  /** In reading order, on to the next row at the end of one. */
  next(td, step) {
    const cell = this.beside(td, 0, step);
    if (cell) return cell;
    const rows = this.visibleRows();
    const tr = rows[rows.findIndex((row) => row.tr === td.parentElement) + step]?.tr;
    return tr ? this.cells(tr).at(step > 0 ? 0 : -1) : null;
  }

  // ── editing ──

  edit(control, caretAtEnd = true) {
    if (control.readOnly || control.disabled || this.editing?.control === control) return;
    this.editing = { control, before: control.value };
    control.classList.add("is-editing");
    if (isText(control) && caretAtEnd) control.setSelectionRange(control.value.length, control.value.length);
    if (control instanceof HTMLSelectElement && caretAtEnd) control.showPicker?.();
  }

  stopEditing(keepText) {
    if (!this.editing) return;
    const { control, before } = this.editing;
    this.editing = null;
    control.classList.remove("is-editing");
    if (!keepText) {
      control.value = before;
      this.changed(this.rowOf(control));
    } else if (control.value !== before) {
      this.pushUndo([{ row: this.rowOf(control), field: control.closest("td").dataset.field, before }]);
    }
    if (document.activeElement === control && isText(control)) control.select();
  }

  changed(row) {
    if (!row) return;
    row.touched = true;
    row.showMarks();
    row.showState(row.dirty ? "dirty" : "");
    if (!row.dirty) row.clearErrors();
    clearTimeout(this.rememberTimer);
    this.rememberTimer = setTimeout(() => this.saver.remember(), 200);
  }

  pushUndo(list) {
    this.undone.push(list);
    if (this.undone.length > MAX_UNDO) this.undone.shift();
    this.refresh();
  }

  undo() {
    this.stopEditing(true);
    const list = this.undone.pop();
    if (!list) return;
    const rows = new Set();
    for (const { row, field, before, added } of list.toReversed()) {
      if (!row.tr.isConnected) continue;
      if (added) {
        // A row that has been stored meanwhile stays; deleting is an act of its own.
        if (row.isNew) this.removeRow(row);
        continue;
      }
      row.set(field, before);
      rows.add(row);
    }
    for (const row of rows) {
      if (!row.tr.isConnected) continue;
      row.clearErrors();
      if (!row.dirty) row.block = null;
      this.changed(row);
    }
    this.grow(this.body);
    this.refresh();
    this.saver.remember();
    this.say("一つ前の状態に戻しました。");
    this.saver.save([...rows].filter((row) => row.tr.isConnected && row.dirty && row.block === null));
  }

  // ── what the server draws ──

  /** Put the server's newest drawing where it belongs; an unfolded part stays so, and the focus. */
  showParts(root, parts = {}) {
    for (const [name, markup] of Object.entries(parts)) {
      const place = root.querySelector(`[data-grid-part="${CSS.escape(name)}"]`);
      if (!place) continue;
      const at = this.stops(place).indexOf(document.activeElement);
      const open = place.querySelector("details")?.open ?? false;
      place.innerHTML = markup; // the same template that wrote the page
      const details = place.querySelector("details");
      if (details) details.open = open;
      const tr = place.closest("tr[data-row]");
      if (tr) this.quiet(place);
      if (at >= 0) (this.stops(place)[at] ?? this.target(place) ?? this.target(this.cells(tr)[0])).focus();
    }
  }

  // ── rows ──

  /** What a new row holds before anybody types: the values of the template. */
  defaults() {
    const controls = this.template?.content.querySelectorAll("td[data-field] .kz-cell-control") ?? [];
    return Object.fromEntries([...controls].map((control) => [control.closest("td").dataset.field, delivered(control)]));
  }

  addRow(id = null) {
    const number = 1 + Math.max(0, ...this.rows.filter((row) => row.isNew).map((row) => Number(row.id.slice(4)) || 0));
    const wanted = id ?? `new-${number}`;
    const holder = document.createElement("tbody");
    holder.append(this.template.content.cloneNode(true));
    const tr = holder.querySelector("tr");
    const label = `${this.rows.length + 1}行目`;
    for (const item of [tr, ...tr.querySelectorAll("*")]) {
      for (const attribute of [...item.attributes]) {
        if (attribute.value.includes("new-0")) attribute.value = attribute.value.replaceAll("new-0", wanted);
        if (attribute.value.includes("新しい行")) attribute.value = attribute.value.replaceAll("新しい行", label);
      }
    }
    this.body.append(tr);
    const row = new Row(tr, this.defaults());
    this.rows.push(row);
    this.quiet(tr);
    return row;
  }

  removeRow(row) {
    if (row.tr.contains(document.activeElement)) this.focus(this.beside(document.activeElement.closest("td"), -1, 0));
    row.tr.remove();
    this.rows = this.rows.filter((other) => other !== row);
    if (this.activeRow === row) this.activeRow = null;
  }

  /** A repeated request may answer with a row that the page already shows. */
  dropTwin(row) {
    if (this.rows.some((other) => other !== row && other.id === row.id)) this.removeRow(row);
  }

  // ── two people, one row ──

  showConflict(row, { version, fields, who, at }, parts) {
    row.tr.nextElementSibling?.matches(".kz-conflict") && row.tr.nextElementSibling.remove();
    const tr = document.createElement("tr");
    tr.className = "kz-conflict";
    const td = tr.insertCell();
    td.colSpan = row.tr.cells.length;
    const head = document.createElement("p");
    head.textContent = `${who ?? "ほかの人"}が${at ? `${at}に` : "先に"}この行を変更しました。あなたの入力はまだ保存していません。`;
    td.append(head);
    const list = document.createElement("dl");
    for (const [field, mine] of Object.entries(row.changed())) {
      const label = this.table.tHead.querySelector(`th[data-field="${CSS.escape(field)}"]`)?.textContent.trim() ?? this.hiddenColumns[field] ?? field;
      list.append(pair("dt", label), pair("dd", `あなた: ${mine || "(空)"}`), pair("dd", `相手: ${fields[field] || "(空)"}`));
    }
    td.append(list);
    const settle = (takeTheirs) => {
      row.version = version;
      row.saved = { ...row.saved, ...fields };
      if (takeTheirs) {
        row.unseen = {};
        this.showParts(row.tr, parts);
      }
      for (const field of row.fields()) {
        if (takeTheirs && field in fields) row.set(field, fields[field]);
      }
      tr.remove();
      this.changed(row);
      this.focus(this.cells(row.tr).find((cell) => cell.dataset.field) ?? this.cells(row.tr)[0]);
      if (row.dirty) this.saver.save([row]);
      else this.say("相手の内容にしました。");
    };
    for (const [text, theirs] of [["自分の入力で保存し直す", false], ["相手の内容にする", true]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "kz-button kz-button--small";
      button.textContent = text;
      button.addEventListener("click", () => settle(theirs));
      td.append(button, " ");
    }
    row.tr.after(tr);
  }

  // ── pasting ──

  paste(td, table) {
    const rows = this.visibleRows();
    const at = rows.findIndex((row) => row.tr === td.parentElement);
    const fields = this.cells(td.parentElement).filter((cell) => cell.dataset.field && cell.cellIndex >= td.cellIndex).map((cell) => cell.dataset.field);
    const undo = [];
    const touched = [];
    let lost = 0;
    let added = 0;
    const block = (this.blocks += 1);
    for (const [step, line] of table.entries()) {
      let row = rows[at + step];
      if (!row) {
        if (!this.template) {
          lost += table.length - step;
          break;
        }
        row = this.addRow();
        undo.push({ row, added: true });
        added += 1;
      }
      line.forEach((text, column) => {
        const field = fields[column];
        const before = field === undefined ? null : row.control(field)?.value;
        if (field === undefined || !row.set(field, text)) {
          if (text.trim()) lost += 1;
        } else if (row.control(field).value !== before) undo.push({ row, field, before });
      });
      if (row.dirty) {
        row.block = block;
        touched.push(row);
      }
      this.changed(row);
      this.grow(row.tr);
    }
    this.pushUndo(undo);
    this.saver.remember();
    const words = [`${touched.length}行に貼り付けました`, added ? `(うち${added}行を追加)` : "", "。保存しています。"];
    if (lost) words.push(`表に入らない${lost}個の値は貼り付けていません。`);
    this.say(words.join(""), lost > 0);
    if (touched.length) this.saver.save(touched);
  }

  // ── events ──

  listen() {
    const { body, form } = this;
    body.addEventListener("keydown", (event) => this.key(event));
    body.addEventListener("beforeinput", (event) => {
      if (event.target.classList.contains("kz-cell-control") && !this.editing) this.edit(event.target, false);
    });
    body.addEventListener("compositionstart", (event) => {
      if (event.target.classList.contains("kz-cell-control") && !this.editing) this.edit(event.target, false);
    });
    body.addEventListener("input", (event) => {
      if (!event.target.classList.contains("kz-cell-control")) return;
      this.grow(event.target.parentElement);
      this.changed(this.rowOf(event.target));
    });
    body.addEventListener("focusin", (event) => this.enter(event.target));
    body.addEventListener("pointerdown", (event) => {
      this.pressed = event.target === document.activeElement || event.pointerType === "touch" ? event.target : null;
    });
    body.addEventListener("click", (event) => {
      const control = event.target;
      // Beside a long text the control is lower than its cell; what is typed must not be lost.
      if (control.matches("td[data-field]")) return this.focus(control);
      if (!isText(control) || !control.classList.contains("kz-cell-control")) return;
      // The first click chooses the cell, the second one sets the caret, as in a spreadsheet.
      if (this.pressed === control) this.edit(control, false);
      else if (!this.editing) control.select();
    });
    body.addEventListener("paste", (event) => this.pasted(event));
    body.addEventListener("copy", (event) => this.copied(event));
    form.addEventListener("focusout", (event) => {
      if (this.editing && event.target === this.editing.control) this.stopEditing(true);
      if (!body.contains(event.relatedTarget)) this.leaveRow(null);
    });
    form.addEventListener("submit", (event) => this.submitted(event));
  }

  enter(element) {
    const td = element.closest("td");
    const row = td && this.rowOf(td);
    if (!row) return;
    this.leaveRow(row);
    this.released = false;
    if (this.reached) this.reached.tabIndex = -1;
    this.reached = element;
    this.active = td;
    this.activeRow = row;
    element.tabIndex = 0;
    if (element instanceof HTMLSelectElement) this.valueBefore = element.value;
    if (!this.editing && isText(element)) element.select();
  }

  /** Going from one row to another, or out of the table, saves the row that is left. */
  leaveRow(to) {
    const from = this.activeRow;
    if (!from || from === to) return;
    this.activeRow = to;
    if (from.touched && from.dirty) this.saver.save([from]);
  }

  key(event) {
    if (composing(event)) return;
    const td = event.target.closest("td");
    if (!td || !this.rowOf(td)) return;
    const handled = this.editing ? this.keyWhileEditing(event, td) : this.keyWhileChoosing(event, td);
    if (handled) event.preventDefault();
  }

  keyWhileEditing(event, td) {
    const { control } = this.editing;
    if (event.key === "Escape") {
      this.stopEditing(false);
      return true;
    }
    if (event.key === "Tab") {
      this.stopEditing(true);
      return this.focus(this.next(td, event.shiftKey ? -1 : 1));
    }
    if (event.key === "Enter") {
      if (event.altKey && control instanceof HTMLTextAreaElement) {
        control.setRangeText("\n", control.selectionStart, control.selectionEnd, "end");
        control.dispatchEvent(new InputEvent("input", { bubbles: true }));
        return true;
      }
      this.stopEditing(true);
      this.down(td, event.shiftKey ? -1 : 1);
      return true;
    }
    return false;
  }

  down(td, step) {
    if (this.focus(this.beside(td, step, 0))) return;
    const row = this.rowOf(td);
    if (step > 0 && this.template && row && !(row.isNew && !row.dirty)) {
      const { tr } = this.addRow();
      this.focus(this.cells(tr).find((cell) => cell.cellIndex >= td.cellIndex));
    }
  }

  keyWhileChoosing(event, td) {
    const { key, shiftKey: shift, altKey: alt } = event;
    const control = event.ctrlKey || event.metaKey;
    const element = event.target;
    const box = td.parentElement.querySelector(".kz-select-row");
    if (control) return this.keyWithControl(event, td);
    if (alt) return false;
    switch (key) {
      case "ArrowUp":
      case "ArrowDown": {
        const to = this.beside(td, key === "ArrowDown" ? 1 : -1, 0);
        if (shift && box) {
          const other = to?.parentElement.querySelector(".kz-select-row");
          tick(this.table, other ? [box, other] : [box], true);
        }
        this.focus(to);
        return true;
      }
      case "ArrowLeft":
      case "ArrowRight":
        if (!this.within(td, element, key === "ArrowRight" ? 1 : -1)) this.focus(this.beside(td, 0, key === "ArrowRight" ? 1 : -1));
        return true;
      case "Home":
        return this.focus(this.cells(td.parentElement)[0]);
      case "End":
        return this.focus(this.cells(td.parentElement).at(-1));
      case "Tab":
        if (this.released) return false;
        return this.within(td, element, shift ? -1 : 1) || this.focus(this.next(td, shift ? -1 : 1));
      case "Escape":
        this.released = true;
        this.say("表から出るには Tab キーを押してください。");
        return true;
      case "F2":
      case "Enter":
        if (!element.classList.contains("kz-cell-control")) return false;
        this.edit(element);
        return true;
      case " ":
        if (shift && box) {
          tick(this.table, [box], !box.checked);
          return true;
        }
        return false;
      case "Delete":
        return this.empty(element);
      default:
        return false;
    }
  }

  keyWithControl(event, td) {
    const rows = this.visibleRows();
    switch (event.key.toLowerCase()) {
      case "a":
        tick(this.table, visibleBoxes(this.table), true);
        return true;
      case "z":
        this.undo();
        return true;
      case "home":
        return this.focus(this.cells(rows[0].tr)[0]);
      case "end":
        return this.focus(this.cells(rows.at(-1).tr).at(-1));
      case "arrowup":
        return this.focus(this.beside(td, -rows.findIndex((row) => row.tr === td.parentElement), 0));
      case "arrowdown":
        return this.focus(this.beside(td, rows.length - 1 - rows.findIndex((row) => row.tr === td.parentElement), 0));
      default:
        return false;
    }
  }

  empty(control) {
    if (!isText(control) || control.readOnly) return false;
    if (control.value !== "") {
      const row = this.rowOf(control);
      this.pushUndo([{ row, field: control.closest("td").dataset.field, before: control.value }]);
      control.value = "";
      this.changed(row);
    }
    return true;
  }

  pasted(event) {
    const control = event.target;
    if (!control.classList.contains("kz-cell-control") || this.editing) return;
    const text = event.clipboardData.getData("text/plain");
    if (!text) return;
    event.preventDefault();
    this.paste(control.closest("td"), parseTable(text));
  }

  copied(event) {
    if (this.editing) return;
    const ticked = this.visibleRows().filter((row) => row.tr.querySelector(".kz-select-row")?.checked);
    if (!ticked.length) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", writeTable(ticked.map((row) => Object.values(row.values()))));
    this.say(`${ticked.length}行を写しました。`);
  }

  async submitted(event) {
    this.stopEditing(true);
    if (!this.saver.url) {
      this.leaving = true;
      return;
    }
    const dirty = this.rows.filter((row) => row.dirty);
    const bulk = event.submitter?.matches("[data-bulk]") ?? false;
    if (bulk && !dirty.length) {
      this.leaving = true;
      return;
    }
    event.preventDefault();
    if (!dirty.length) {
      this.say("保存していない変更はありません。");
      return;
    }
    await this.saver.save();
    if (!bulk) return;
    if (this.rows.some((row) => row.dirty)) this.say("保存できない行があるため、先に進めません。直してからやり直してください。", true);
    else this.form.requestSubmit(event.submitter);
  }
}

function pair(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

export function startGrids(root) {
  for (const form of root.querySelectorAll("form[data-grid]:not(.is-live)")) new Grid(form);
}
