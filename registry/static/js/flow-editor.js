// The drawing editor: bpmn-js on the stored file, in Japanese. What is drawn goes into the form's
// field when it is sent; the server keeps it as a new version or shows who was faster.
const canvas = document.getElementById("bpmn-canvas");
const source = document.getElementById("bpmn-source");
const form = document.getElementById("flow-editor");
const status = document.getElementById("bpmn-status");
let changed = false;

function say(text) {
  status.textContent = text;
}

async function words() {
  const parts = await Promise.all(
    [canvas.dataset.translation, canvas.dataset.own].map((address) => import(address)),
  );
  return Object.assign({}, ...parts.map((part) => part.default));
}

function translator(known) {
  return (template, replacements = {}) =>
    (known[template] || template).replace(/\{([^}]+)\}/g, (whole, key) => replacements[key] ?? whole);
}

async function open() {
  const known = await words();
  const lettering = { fontFamily: getComputedStyle(document.body).fontFamily };
  const modeler = new window.BpmnJS({
    container: canvas,
    textRenderer: { defaultStyle: lettering, externalStyle: lettering },
    additionalModules: [{ translate: ["value", translator(known)] }],
  });
  try {
    const { warnings } = await modeler.importXML(source.value);
    const view = modeler.get("canvas");
    view.zoom(view.zoom("fit-viewport", "auto") * 0.9, "auto");
    view.scroll({ dx: 60, dy: 0 }); // from under the palette
    say(warnings.length ? `読めなかった部分が ${warnings.length} か所あります。` : "");
  } catch {
    say("この図は開けませんでした。手順表で直す画面を使ってください。");
    return;
  }
  modeler.on("commandStack.changed", () => {
    changed = true;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation(); // what marks a sent form comes after the field is filled
    const { xml } = await modeler.saveXML({ format: true });
    source.value = xml;
    changed = false;
    form.submit();
  });
}

window.addEventListener("beforeunload", (event) => {
  if (changed) {
    event.preventDefault();
  }
});

open();
