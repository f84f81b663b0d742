// Dialogs with a few fields, and choosing files from the disk.
import { h, setText } from "./dom.js";

/**
 * fields: [{name, label, value, rows}] → their texts, or null when the dialog was cancelled.
 * @param {string} title
 * @param {{ name: string, label: string, value?: string, rows?: number }[]} fields
 * @param {string} [verb]
 * @returns {Promise<Record<string, string> | null>}
 */
export function ask(title, fields, verb = "Send") {
  return new Promise((resolve) => {
    const inputs = fields.map(({ name, value = "", rows }) =>
      h(rows ? "textarea" : "input", { name, rows, required: true, autocomplete: "off" }, ...(rows ? [value] : [])),
    );
    fields.forEach(({ value = "", rows }, n) => {
      if (!rows) inputs[n].value = value;
    });
    const error = h("p", { class: "error", role: "alert", hidden: true });
    /** @type {HTMLDialogElement} */
    const dialog = h(
      "dialog",
      { "aria-label": title },
      h(
        "form",
        { novalidate: true, onsubmit: finish },
        h("h2", {}, title),
        ...fields.map(({ label }, n) => h("label", {}, label, inputs[n])),
        error,
        h(
          "div",
          { class: "dialog-buttons" },
          h("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"),
          h("button", { type: "submit", class: "button primary" }, verb),
        ),
      ),
    );
    /** @type {Record<string, string> | null} */
    let answer = null;

    /** @param {Event} event */
    function finish(event) {
      event.preventDefault();
      const empty = inputs.findIndex((input) => !input.value.trim());
      if (empty >= 0) {
        setText(error, `${fields[empty].label} is empty.`);
        error.hidden = false;
        inputs[empty].focus();
        return;
      }
      answer = Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]));
      dialog.close();
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * A file as `POST /ctl` takes it, or null.
 * @param {string} accept
 * @returns {Promise<PickedFile | null>}
 */
export function pickFile(accept) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept });
    input.addEventListener("cancel", () => resolve(null));
    input.addEventListener("change", () => resolve(input.files?.[0] ? read(input.files[0]) : null));
    input.click();
  });
}

/**
 * @param {File} file
 * @returns {Promise<PickedFile>}
 */
function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(new Error(`${file.name} can't be read.`));
    reader.onload = () =>
      resolve({
        media_b64: String(reader.result).split(",")[1] || "",
        mimetype: file.type || "application/octet-stream",
        filename: file.name,
      });
    reader.readAsDataURL(file);
  });
}
