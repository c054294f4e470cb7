// Dialogs are <dialog>: the browser keeps the focus inside. Here they are opened, closed, and give the focus back.
// [data-opens="id"] opens, [data-closes] closes; a form[data-confirm="id"] asks there first, [data-confirms] says yes.

const openers = new WeakMap();

/** Opens the dialog of that id; the focus returns to `opener` (or where it was) when it closes. */
export function open(id, opener = document.activeElement) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return dialog;
  openers.set(dialog, opener);
  dialog.showModal();
  const first = dialog.querySelector("[autofocus], textarea, input:not([type=hidden]), select");
  first?.focus();
  // The opener may stick to the edge of the window, far from its own place: the page stays where it is read.
  dialog.addEventListener("close", () => openers.get(dialog)?.focus?.({ preventScroll: true }), { once: true });
  return dialog;
}

export function close(id) {
  document.getElementById(id)?.close();
}

let asked = null;

export function watchDialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener && open(opener.dataset.opens, opener)) event.preventDefault();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
    if (event.target.matches("dialog[open]") && outside(event)) event.target.close();
    if (event.target.closest("[data-confirms]") && asked) {
      const { form, submitter } = asked;
      asked = null;
      event.target.closest("dialog").close();
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter ?? undefined);
    }
  });
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset?.confirm || form.dataset.confirmed) {
      delete form.dataset?.confirmed;
      return;
    }
    if (!document.getElementById(form.dataset.confirm)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = { form, submitter: event.submitter };
    open(form.dataset.confirm, event.submitter ?? form);
  }, { capture: true });
}

// A click on the backdrop comes as a click on the dialog itself, beyond its box.
function outside({ target, clientX, clientY, detail }) {
  const box = target.getBoundingClientRect();
  const inside = clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
  return detail > 0 && !inside && !hasText(target);
}

// What was typed is not thrown away by a tap beside it.
function hasText(dialog) {
  return [...dialog.querySelectorAll("textarea")].some((field) => field.value.trim());
}
