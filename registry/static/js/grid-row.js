// One row of the grid: its controls, what is stored, what is not saved yet, its errors.

const STATES = { dirty: "未保存", saving: "保存中", saved: "保存済", failed: "要修正", conflict: "変更の重なり" };

/** The value the page came with: what is typed before this script runs, or put back by the browser
 *  after a reload, is not stored yet. */
export function delivered(control) {
  if (!(control instanceof HTMLSelectElement)) return control.defaultValue;
  const options = [...control.options];
  return (options.find((option) => option.defaultSelected) ?? options[0])?.value ?? "";
}

export class Row {
  /** defaults: what a new row holds before anybody has typed. */
  constructor(tr, defaults) {
    this.tr = tr;
    this.saved = this.isNew
      ? { ...defaults }
      : Object.fromEntries(this.fields().map((field) => [field, delivered(this.control(field))]));
    // A value the server has just refused is shown but not stored.
    for (const td of tr.querySelectorAll("td.has-error")) this.saved[td.dataset.field] = null;
    this.unseen = {}; // typed but not saved in columns that are not shown any more
    this.block = null; // rows pasted together are saved together
    this.touched = false; // changed since the last attempt to save
  }

  get id() {
    return this.tr.dataset.row;
  }

  get isNew() {
    return this.id.startsWith("new-");
  }

  get version() {
    return this.tr.dataset.version ? Number(this.tr.dataset.version) : null;
  }

  set version(number) {
    this.tr.dataset.version = number ?? "";
    const hidden = this.tr.querySelector(`input[type="hidden"][name="rows-${this.id}-version"]`);
    if (hidden) hidden.value = number ?? "";
  }

  cell(field) {
    return this.tr.querySelector(`td[data-field="${CSS.escape(field)}"]`);
  }

  control(field) {
    return this.cell(field)?.querySelector(".kz-cell-control") ?? null;
  }

  fields() {
    return [...this.tr.querySelectorAll("td[data-field]")]
      .filter((td) => td.querySelector(".kz-cell-control"))
      .map((td) => td.dataset.field);
  }

  values() {
    return Object.fromEntries(this.fields().map((field) => [field, this.control(field).value]));
  }

  /** Put a text into a cell as if it had been typed; false when the cell takes no text. */
  set(field, text) {
    const control = this.control(field);
    if (!control || control.readOnly || control.disabled) return false;
    if (control instanceof HTMLSelectElement) {
      // A spreadsheet holds the words, the form the values.
      const wanted = text.trim();
      const option = [...control.options].find((item) => item.value === wanted || item.text.trim() === wanted);
      if (option) control.value = option.value;
      else {
        // Kept as it is, so that the server names what is wrong and nothing is lost.
        const odd = new Option(`${wanted}(選択肢にない値)`, wanted, true, true);
        odd.dataset.odd = "";
        control.append(odd);
        control.value = wanted;
      }
    } else if (control instanceof HTMLInputElement) control.value = text.replace(/\s*\n\s*/g, " ");
    else control.value = text;
    return true;
  }

  changed() {
    const now = this.values();
    return {
      ...Object.fromEntries(Object.entries(now).filter(([field, value]) => value !== this.saved[field])),
      ...this.unseen,
    };
  }

  /** Put back what was typed and not saved; what has no cell here waits to be sent with the rest. */
  putBack(fields) {
    for (const [field, value] of Object.entries(fields)) {
      if (this.cell(field)) this.set(field, value);
      // A new row was kept whole: its empty fields say nothing.
      else if (!this.isNew || value !== "") this.unseen[field] = value;
    }
  }

  get dirty() {
    return Object.keys(this.changed()).length > 0;
  }

  /** What is sent: the changed fields; of a new row all. */
  outgoing() {
    return {
      id: this.id,
      version: this.version,
      fields: this.isNew ? { ...this.values(), ...this.unseen } : this.changed(),
    };
  }

  showMarks() {
    const changed = this.changed();
    for (const field of this.fields()) this.cell(field).classList.toggle("is-dirty", field in changed);
  }

  showState(kind, extra = "") {
    const place = this.tr.querySelector("[data-row-state-text]");
    if (!place) return;
    place.className = kind ? `kz-row-state__text kz-row-state__text--${kind === "conflict" ? "failed" : kind}` : "";
    place.textContent = kind ? STATES[kind] + extra : "";
  }

  clearErrors() {
    for (const item of this.tr.querySelectorAll(".kz-cell-error")) item.remove();
    for (const td of this.tr.querySelectorAll("td.has-error")) td.classList.remove("has-error");
    for (const control of this.tr.querySelectorAll('[aria-invalid="true"]')) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
    }
  }

  /** errors: field → messages; those of no field of this table stand in the column of states,
   *  with the name of their column (names: field → label) where one is known. */
  showErrors(errors, names = {}) {
    this.clearErrors();
    for (const [field, messages] of Object.entries(errors)) {
      const td = this.cell(field) ?? this.tr.querySelector("[data-row-state]") ?? this.tr.lastElementChild;
      const place = document.createElement("div");
      place.className = "kz-cell-error";
      place.id = `rows-${this.id}-${field}-error`;
      for (const message of messages) {
        const line = document.createElement("div");
        line.textContent = `＊${names[field] ? `${names[field]}: ` : ""}${message}`;
        place.append(line);
      }
      td.append(place);
      const control = this.control(field);
      if (control) {
        td.classList.add("has-error");
        control.setAttribute("aria-invalid", "true");
        control.setAttribute("aria-describedby", place.id);
      }
    }
  }

  /** The row has been stored: remember what was sent (more may have been typed since). */
  accept(sent, answer) {
    if (this.isNew && answer.id != null) this.rename(String(answer.id));
    this.version = answer.version ?? this.version;
    const before = this.saved;
    this.saved = { ...this.saved, ...sent.fields };
    for (const field of Object.keys(sent.fields)) delete this.unseen[field];
    for (const [field, stored] of Object.entries(answer.fields ?? {})) {
      const control = this.control(field);
      if (!control) continue;
      if (control.value === (sent.fields[field] ?? before[field])) this.set(field, stored ?? "");
      this.saved[field] = stored ?? "";
    }
  }

  rename(id) {
    const old = `rows-${this.id}-`;
    for (const item of this.tr.querySelectorAll(`[name^="${old}"]`)) {
      item.name = item.name.replace(old, `rows-${id}-`);
      if (item.id) item.id = item.id.replace(old, `rows-${id}-`);
    }
    for (const box of this.tr.querySelectorAll(".kz-select-row")) box.value = id;
    this.tr.dataset.row = id;
  }
}
