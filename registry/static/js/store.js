// What a person typed and has not saved, kept in this tab only and for this person only.

const actor = document.body.dataset.actor ?? "";
const prefix = `kz:${actor}:`;

// Another person signing in on the same tab must not find the first one's text.
if (actor) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("kz:") && !key.startsWith(prefix)) sessionStorage.removeItem(key);
  }
}

export function keep(name, value) {
  if (!actor) return false;
  try {
    sessionStorage.setItem(prefix + name, JSON.stringify(value));
    return true;
  } catch {
    return false; // full or switched off: the page goes on, and the leave warning still works
  }
}

export function kept(name) {
  try {
    return actor ? JSON.parse(sessionStorage.getItem(prefix + name)) : null;
  } catch {
    return null;
  }
}

export function drop(name) {
  sessionStorage.removeItem(prefix + name);
}

/** Change everything kept under names that begin so, whoever it belongs to: a page may be shown to
 *  somebody who is no longer signed in. `change` gives the new value, or null to drop it. */
export function revise(start, change) {
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith("kz:") || !key.includes(`:${start}`)) continue;
    const value = change(JSON.parse(sessionStorage.getItem(key)));
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  }
}

export function dropAll() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("kz:")) sessionStorage.removeItem(key);
  }
}
