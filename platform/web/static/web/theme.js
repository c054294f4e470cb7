// Light or dark without a reload; the form posts all the same, so that the next page knows.

export function watchTheme(root) {
  const form = root.querySelector("form[data-theme-switch]");
  form?.addEventListener("submit", (event) => {
    const chosen = event.submitter;
    if (!chosen) return;
    event.preventDefault();
    const body = new FormData(form, chosen);
    const page = document.documentElement;
    if (chosen.value) page.dataset.theme = chosen.value;
    else delete page.dataset.theme;
    document.querySelector("meta[name=color-scheme]").content = chosen.value || "light dark";
    for (const button of form.querySelectorAll("button[name=theme]")) button.removeAttribute("aria-current");
    chosen.setAttribute("aria-current", "true");
    fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => form.submit());
  });
}
