// Saving the rows of a grid: one request at a time, nothing forgotten until the server has it.

import { drop, keep, kept } from "./store.js";

const RETRY_MS = 15000;

function freshKey() {
  // randomUUID exists only over https; offices also run this over plain http inside their network.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const clock = () => new Date().toLocaleTimeString("ja-JP", { hour: "2-digit", minute: "2-digit" });

export class Saver {
  constructor(grid) {
    this.grid = grid;
    this.url = grid.form.dataset.saveUrl;
    this.name = `grid:${grid.form.dataset.grid}`;
    this.queue = Promise.resolve(); // one request at a time
    this.last = null; // {body, key} of a request that never got an answer
    this.timer = 0;
    addEventListener("online", () => this.last && this.save());
    addEventListener("beforeunload", (event) => {
      if (!grid.leaving && grid.rows.some((row) => row.dirty)) event.preventDefault();
    });
  }

  /** Write down what is not saved, so that it outlives this page. */
  remember() {
    const elsewhere = (kept(this.name)?.rows ?? []).filter((item) => this.others?.has(item.id));
    const rows = this.grid.rows
      .filter((row) => row.dirty)
      .map((row) => ({ ...row.outgoing(), block: row.block }));
    const all = [...elsewhere, ...rows];
    if (all.length) keep(this.name, { rows: all, last: this.last });
    else drop(this.name);
  }

  /** Put back what an earlier page could not save. Its version goes with it: if somebody else
   *  saved meanwhile, the server says so. */
  restore() {
    const stored = kept(this.name);
    if (!stored) return;
    this.last = stored.last;
    this.others = new Set();
    let count = 0;
    for (const item of stored.rows) {
      let row = this.grid.rows.find((candidate) => candidate.id === item.id);
      if (!row && item.id.startsWith("new-")) row = this.grid.addRow(item.id);
      if (!row) {
        this.others.add(item.id);
        continue;
      }
      row.putBack(item.fields);
      if (!row.dirty) continue;
      if (!row.isNew) row.version = item.version;
      row.block = item.block;
      row.touched = true;
      row.showMarks();
      row.showState("dirty");
      count += 1;
    }
    this.remember();
    const words = [];
    if (count) words.push(`保存していない${count}行を元に戻しました。`);
    if (this.others.size) words.push(`ほかのページに保存していない行が${this.others.size}行あります。`);
    if (words.length) this.grid.say(words.join(""));
    // An answer was lost: the same request with the same key tells whether it had arrived.
    if (this.last && count) this.save();
  }

  /** Save the given rows as far as they changed since the last attempt (all unsaved ones when none
   *  are given), with the rest of their blocks. Resolves when this and all before it has ended. */
  save(rows = null) {
    if (!this.url) return Promise.resolve();
    this.queue = this.queue.then(() => this.run(rows?.filter((row) => row.touched) ?? this.grid.rows));
    return this.queue;
  }

  async run(rows) {
    clearTimeout(this.timer);
    for (const batch of this.batches(rows)) {
      if (!(await this.send(batch))) break;
    }
    this.remember();
  }

  /** First the pasted blocks, each whole, then the single rows together. */
  batches(rows) {
    const wanted = rows.filter((row) => row.tr.isConnected && row.dirty);
    const blocks = new Set(wanted.map((row) => row.block).filter((block) => block !== null));
    const batches = [...blocks].map((block) => ({
      mode: "all",
      rows: this.grid.rows.filter((row) => row.block === block && row.dirty),
    }));
    const single = wanted.filter((row) => row.block === null);
    if (single.length) batches.push({ mode: "each", rows: single });
    return batches;
  }

  async send({ mode, rows }) {
    const sent = rows.map((row) => row.outgoing());
    const body = JSON.stringify({ mode, rows: sent });
    // The same content after a lost answer carries the same key and is therefore stored once.
    const key = this.last?.body === body ? this.last.key : freshKey();
    this.last = { body, key };
    this.remember();
    for (const row of rows) {
      row.touched = false;
      row.showState("saving");
    }
    let response;
    try {
      response = await fetch(this.url, {
        method: "POST",
        credentials: "same-origin",
        headers: {
          "Content-Type": "application/json",
          Accept: "application/json",
          "X-CSRFToken": this.grid.form.elements.csrf_token.value,
          "Idempotency-Key": key,
        },
        body,
      });
    } catch {
      return this.lost(rows, "サーバーに接続できません。");
    }
    if (response.status === 401 || response.redirected) return this.signedOut(rows);
    if (response.status >= 500 && response.status !== 500) return this.lost(rows, "サーバーが混み合っているか、止まっています。");
    const answer = await response.json().catch(() => null);
    this.last = null;
    if (Array.isArray(answer?.rows) && answer.rows.length === rows.length && (response.ok || response.status === 422)) {
      return this.settle(mode, rows, sent, answer, response.ok);
    }
    return this.refused(rows, answer?.detail ?? "保存できませんでした。");
  }

  settle(mode, rows, sent, answer, ok) {
    let stored = 0;
    let faulty = 0;
    const stale = [];
    rows.forEach((row, at) => {
      const result = answer.rows[at];
      const errors = result.errors ?? {};
      if (result.conflict) {
        stale.push(row);
        row.showState("conflict");
        this.grid.showConflict(row, result.conflict, result.parts);
      } else if (Object.keys(errors).length) {
        faulty += 1;
        row.showErrors(errors, this.grid.hiddenColumns);
        row.showState("failed");
      } else if (ok) {
        stored += 1;
        row.clearErrors();
        row.accept(sent[at], result);
        this.grid.showParts(row.tr, result.parts);
        this.grid.dropTwin(row);
        row.block = null;
        row.showState(row.dirty ? "dirty" : "saved", row.dirty ? "" : ` ${clock()}`);
      } else {
        row.clearErrors();
        row.showState("dirty");
      }
      row.showMarks();
    });
    this.grid.showParts(document, answer.parts);
    this.grid.refresh();
    const words = [];
    if (stored) words.push(`${stored}行を保存しました(${clock()})。`);
    if (faulty && mode === "all") words.push(`貼り付けた${rows.length}行のうち${faulty}行に直す点があります。まだ1行も保存していません。直すか、「元に戻す」で貼り付けを取り消してください。`);
    else if (faulty) words.push(`${faulty}行に直す点があります。その行はまだ保存していません。`);
    if (stale.length) words.push(`${stale.length}行は、ほかの人が先に変更したため保存していません。`);
    if (answer.message) words.push(answer.message);
    this.grid.say(words.join(""), faulty + stale.length > 0);
    return true;
  }

  unsaved(rows) {
    for (const row of rows) {
      row.touched = true;
      row.showState("dirty");
    }
    this.remember();
    return `${this.grid.rows.filter((row) => row.dirty).length}行は未保存のまま、このタブに残しています。`;
  }

  lost(rows, why) {
    this.grid.say(`${why}${this.unsaved(rows)}つながり次第、保存し直します。`, true);
    this.timer = setTimeout(() => this.save(), RETRY_MS);
    return false;
  }

  signedOut(rows) {
    this.last = null;
    const kept = this.unsaved(rows);
    const link = document.createElement("a");
    link.href = this.grid.form.dataset.signInUrl ?? "/sign-in";
    link.textContent = "サインインする";
    // The text stays in this tab; the warning would only frighten.
    link.addEventListener("click", () => {
      this.grid.leaving = true;
    });
    this.grid.say(`サインインの有効期限が切れました。${kept}サインインしてこの画面を開くと元に戻ります。`, true, link);
    return false;
  }

  refused(rows, why) {
    this.grid.say(`${why}${this.unsaved(rows)}`, true);
    for (const row of rows) row.touched = false; // the same again would be refused again
    return false;
  }
}
