// Keyrack enhancements. Every flow also works without this file.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const on = (type, act) => document.addEventListener(type, act);

  // ---- messages: a toast (role=status) outside dialogs, the dialog's own status line inside ----
  function showMessage(text, kind = "") {
    const status = $("dialog:modal .say");
    if (status) { status.textContent = text; return; }
    const template = $("#toast");
    if (!template) return;
    const toast = template.content.firstElementChild.cloneNode(true);
    if (kind) toast.classList.add(kind);
    $("use", toast).setAttribute("href", $("use", toast).getAttribute("href").replace(/#.*/, kind === "danger" ? "#circle-alert" : "#circle-check"));
    $("p", toast).textContent = text;
    $("#toasts").replaceChildren(toast);
  }

  // ---- copy: Clipboard API on secure origins, execCommand elsewhere (http:// on a LAN) ----
  async function copyText(text, near) {
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* denied: fall through */ }
    }
    const helper = document.createElement("textarea");
    helper.value = text;
    helper.readOnly = true;
    helper.className = "sr";
    helper.setAttribute("aria-hidden", "true");
    // inside a modal dialog everything outside is inert, so the helper must live inside it
    (near.closest("dialog:modal") || document.body).append(helper);
    const focused = document.activeElement;
    helper.select();
    let done = false;
    try { done = document.execCommand("copy"); } catch { /* not supported */ }
    helper.remove();
    focused?.focus({ preventScroll: true });
    return done;
  }
  // data-copy-from names the element; a bare data-copy copies the button's own <code>, exactly as shown
  async function copyFor(button) {
    const from = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : $("code", button);
    const done = await copyText(from.value ?? from.textContent.trim(), button);
    if (done) {
      button.setAttribute("data-copied", "");
      setTimeout(() => button.removeAttribute("data-copied"), 2000);
      button.closest(".reveal, [data-once]")?.setAttribute("data-kept", "");
      showMessage(button.dataset.say || "Copied to clipboard.");
    } else {
      if (from.select) from.select(); else getSelection().selectAllChildren(from);
      showMessage("Copying is blocked. The text is selected: copy it.");
    }
    return done;
  }
  on("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (button && !button.matches("[data-copy-close]")) copyFor(button);
  });
  // copying by hand (the key or the curl) counts as copied
  on("copy", () => {
    const reveal = uncopiedReveal();
    const copied = String(getSelection()).replace(/\s/g, "");
    if (reveal && copied.includes($("#new-key", reveal).textContent)) reveal.setAttribute("data-kept", "");
    const once = $("[data-once]:not([data-kept])"), link = once && $("#lnk", once);
    if (link && copied.includes(link.textContent)) once.setAttribute("data-kept", "");
  });

  // ---- a password is shown to whoever types it, and hidden again before it is sent: what browsers keep of a text field is not for passwords ----
  on("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    const field = document.getElementById(button.dataset.show), shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  on("submit", (event) => event.target.querySelectorAll("[data-show][aria-pressed=true]").forEach((button) => button.click()));
  on("click", (event) => { if (event.target.closest("[data-print]")) print(); });

  // ---- the reveal: closing asks when the key was not copied ----
  const uncopiedReveal = () => $(".reveal:not([data-kept])");
  function leaveReveal(reveal) {
    const ask = $(".ask", reveal), bye = $(".bye", reveal);
    if (!reveal.hasAttribute("data-kept")) {
      ask.hidden = !ask.hidden; // Escape once more goes back
      $(ask.hidden ? ".keep" : ".ask .primary", reveal).focus();
    } else if (reveal.matches(":modal")) reveal.close();
    else location.replace(bye.href); // what Back would lead to can't be shown again
  }
  on("click", async (event) => {
    const reveal = event.target.closest(".reveal");
    if (!reveal) return;
    const pressed = event.target.closest("button, a");
    if (pressed?.matches(".bye") || (event.target === reveal && reveal.matches(":modal"))) { event.preventDefault(); leaveReveal(reveal); }
    else if (pressed?.matches("[data-copy-close]")) { if (await copyFor(pressed)) leaveReveal(reveal); }
    else if (pressed?.matches("[data-lose]")) { reveal.setAttribute("data-kept", ""); leaveReveal(reveal); }
  });
  // recovery codes are shown once, too
  on("click", (event) => event.target.closest("[data-saved], [data-once] [download], [data-print]")?.closest("[data-once]").setAttribute("data-kept", ""));
  addEventListener("beforeunload", (event) => { if (uncopiedReveal() || $("[data-once]:not([data-kept])")) event.preventDefault(); });

  // ---- dialogs that arrive as htmx partials ----
  let trigger = null; // Safari does not focus a clicked button, so remember what asked
  function openDialogs(root) {
    const list = root.matches?.("dialog[data-modal]") ? [root] : root.querySelectorAll("dialog[data-modal]");
    for (const dialog of list) {
      if (dialog.matches(":modal") || !dialog.isConnected) continue;
      const active = document.activeElement;
      const opener = active && active !== document.body ? active : trigger;
      const isReveal = dialog.matches(".reveal");
      dialog.removeAttribute("open");
      dialog.showModal();
      dialog.scrollTop = 0; // what it says comes before the field that has the focus, also where it is low
      if (isReveal) dialog.addEventListener("cancel", (event) => event.preventDefault()); // keydown asks
      dialog.addEventListener("close", () => {
        dialog.remove();
        const to = $(dialog.dataset.focusAfter || "#main");
        $("tr.new")?.classList.remove("new");
        if (isReveal && to) to.classList.add("new");
        (!isReveal && opener?.isConnected ? opener : to || $("#main"))?.focus();
        // the last row of this page went, but not the last key: show those that are left
        const card = !isReveal && to?.closest(".keys");
        if (card && !$("tbody tr", card) && ($("footer", card) || location.search)) location.reload();
      }, { once: true });
    }
  }
  on("closeDialogs", () => document.querySelectorAll("dialog:modal").forEach((dialog) => dialog.close()));
  // a long menu is scrolled to the current entry, without scrolling the page
  document.addEventListener("toggle", (event) => {
    const menu = event.newState === "open" && event.target.matches?.(".menu") && event.target, here = menu && $("[aria-current]", menu);
    if (here) menu.scrollTop = here.offsetTop - (menu.clientHeight - here.offsetHeight) / 2;
  }, true);
  // in a menu arrow keys walk over what it has, and letters lead to what begins with them
  let letters = "", typedAt = 0;
  on("keydown", (event) => {
    const menu = $(".menu:popover-open");
    const inside = menu && (menu.contains(event.target) || event.target.getAttribute?.("popovertarget") === menu.id);
    if (!inside || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const all = [...menu.querySelectorAll("a, button")], at = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    let to;
    if (step && at < 0) to = $("[aria-current]", menu) ?? all.at(step > 0 ? 0 : -1);
    else if (step) to = all[(at + step + all.length) % all.length];
    else if (event.key === "Home") to = all[0];
    else if (event.key === "End") to = all.at(-1);
    else if ([...event.key].length === 1 && (event.key !== " " || letters && event.timeStamp - typedAt < 700)) {
      const letter = event.key.toLowerCase(), goesOn = event.timeStamp - typedAt < 700;
      typedAt = event.timeStamp;
      // the same letter once more: the next that begins with it
      letters = goesOn && letters !== letter ? letters + letter : letter;
      const from = at + (letters.length === 1 ? 1 : 0);
      to = [...all.slice(Math.max(from, 0)), ...all.slice(0, Math.max(from, 0))].find((entry) => entry.textContent.trim().toLowerCase().startsWith(letters));
      if (event.key === " ") event.preventDefault();
    }
    if (to) { event.preventDefault(); to.focus(); }
  });
  // browsers without invoker commands (Firefox ESR 140, Safari < 26.2)
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    on("click", (event) => {
      const button = event.target.closest("button[commandfor]");
      const dialog = button && document.getElementById(button.getAttribute("commandfor"));
      dialog?.close();
    });
  }

  // ---- the form row: Add Key twice focuses the open form, Cancel and Escape put the page back ----
  on("htmx:beforeRequest", (event) => {
    trigger = event.detail.elt;
    const field = trigger.dataset.add && document.getElementById(trigger.dataset.add);
    // its answer was lost: that comes first
    if (field) { event.preventDefault(); (field.checkVisibility() ? field : $(".unknown a", field.form)).focus(); }
  });
  function closeFormRow(element) {
    const row = element.closest(".form-row"), card = element.closest(".card");
    if ($(".htmx-request, .unknown:not([hidden])", row)) return; // under way or lost: locked
    const list = $("[data-cancel-row]", row);
    if (list && list.pathname !== location.pathname) return location.assign(list.href); // on the form's own page
    row.remove();
    $("header .btn", card)?.focus();
  }
  // what was typed under Options does not go with one press of Escape: they fold first
  function foldOptions(row) {
    const options = $("details[open]", row);
    if (![...(options?.querySelectorAll("input, select, textarea") ?? [])].some((field) => field.value)) return false;
    options.open = false;
    $("summary", options).focus();
    return true;
  }
  on("click", (event) => {
    const cancel = event.target.closest("[data-cancel-row]");
    if (cancel) { event.preventDefault(); closeFormRow(cancel); }
    event.target.closest("[data-dismiss]")?.closest(".toast, .note")?.remove();
  });
  on("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return; // the input method's own Escape
    const reveal = $(".reveal:modal") || (!$("dialog:modal, :popover-open") && $(".reveal"));
    if (reveal) { event.preventDefault(); leaveReveal(reveal); }
    else if (event.target.closest?.(".form-row")) foldOptions(event.target.closest(".form-row")) || closeFormRow(event.target);
  });

  // ---- lost answers: a form with an .unknown part says what is not known, everything else is a toast ----
  function tellAnswerLost(event, text) {
    const form = event.detail.elt.closest?.("form"), unknown = form && $(".unknown", form);
    if (!unknown) return showMessage(text, "danger");
    const name = $("b", unknown);
    if (form.elements.name) name.textContent = form.elements.name.value.trim();
    $(".fs", form).hidden = true;
    unknown.hidden = false;
    $("a", unknown).focus();
  }
  // the server's own words for 4xx, and for what surely was not saved: a toast, or inside an open dialog its status line
  function tellRefusal(form, html, status) {
    setTimeout(() => $("input:not([type=hidden])", form)?.focus()); // it was locked, which took the focus away
    const toast = new DOMParser().parseFromString(html, "text/html").querySelector(".toast");
    if (toast && !$("dialog:modal .say")) return $("#toasts").replaceChildren(toast);
    showMessage(toast ? $("p", toast).textContent : "That didn't work (" + status + "). Reload the page.", "danger");
  }
  on("htmx:sendError", (event) => tellAnswerLost(event, "No connection to Keyrack." + ($("dialog:modal .say") ? "" : " Check your network and try again.")));
  on("htmx:timeout", (event) => tellAnswerLost(event, "Keyrack took too long to answer."));
  on("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const form = event.detail.elt;
    // Sent once more without htmx, the answer is a page that keeps what was typed while one signs in.
    if (status === 401 && form.method === "post") setTimeout(() => HTMLFormElement.prototype.submit.call(form)); // once it is unlocked
    else if (status === 401) location.assign("/sign-in?ended=1&next=" + encodeURIComponent(location.pathname + location.search));
    else if (status >= 500 && !event.detail.xhr.responseText.includes(" data-unsaved")) tellAnswerLost(event, "Keyrack can't answer right now (" + status + ").");
    else tellRefusal(event.detail.elt, event.detail.xhr.responseText, status);
  });
  on("animationend", (event) => {
    if (event.animationName === "toast-out") event.target.remove();
    if (event.animationName === "glow") event.target.closest("tr").classList.remove("new");
  });

  // ---- theme: the form POST works alone; this only avoids the round trip ----
  on("submit", (event) => {
    const form = event.target.closest("form[data-theme-form]"), theme = event.submitter?.value;
    if (!form || !theme) return;
    event.preventDefault();
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", String(button === event.submitter)));
    const body = new URLSearchParams(new FormData(form));
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, redirect: "manual" });
  });

  // ---- signed in again: on to the form, with what was typed ----
  const back = $("form[data-at-once]");
  if (back) HTMLFormElement.prototype.submit.call(back);

  // ---- a form is sent once: sent again, it would say that all is done already, in place of the answer with the key ----
  on("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if ("sent" in form.dataset) return event.preventDefault();
    const unlock = () => { delete form.dataset.sent; event.submitter?.removeAttribute("aria-busy"); };
    form.dataset.sent = "";
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(unlock, 10000); // somebody stopped it
    addEventListener("pageshow", unlock, { once: true }); // somebody came back
  });

  // ---- a new project: what the name makes of the slug if none is typed (the server does it, and knows which are taken) ----
  on("input", (event) => {
    const slug = document.getElementById(event.target.dataset?.slugFor);
    if (slug) slug.placeholder = event.target.value.normalize("NFKD").replace(/[^\x00-\x7f]/g, "").toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("-").slice(0, 48).replace(/-$/, "") || "project";
  });

  // ---- plot: arrow keys walk over the bars, the numbers stand beside the legend ----
  const barOf = (event) => event.target.closest?.(".plot g[aria-label]");
  function showNumbers(from, text) {
    const readout = $("output", from.closest("figure"));
    readout.dataset.sum ??= readout.textContent;
    readout.textContent = text ?? readout.dataset.sum;
  }
  for (const type of ["pointerover", "focusin"]) on(type, (event) => { const group = barOf(event); if (group) showNumbers(group, group.getAttribute("aria-label")); });
  for (const type of ["pointerout", "focusout"]) on(type, (event) => { const group = barOf(event); if (group) showNumbers(group); }); // the sum again
  on("keydown", (event) => {
    if (!event.target.matches?.(".plot g[aria-label]")) return;
    const direction = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
    const group = direction && event.target[direction];
    if (!group?.hasAttribute("aria-label")) return;
    event.preventDefault();
    event.target.setAttribute("tabindex", "-1"); group.setAttribute("tabindex", "0"); group.focus();
  });

  // ---- times: UTC in the HTML, the reader's zone here; relative texts keep theirs and get a title ----
  // As the server writes them, whatever the browser's language is: they stand in English sentences.
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "), twoDigits = (n) => String(n).padStart(2, "0");
  const dayOfYear = (date) => date.getDate() + " " + months[date.getMonth()], day = (date) => dayOfYear(date) + " " + date.getFullYear();
  const formats = {
    dt: (date) => day(date) + ", " + twoDigits(date.getHours()) + ":" + twoDigits(date.getMinutes()),
    d: (date) => date.getFullYear() === new Date().getFullYear() ? dayOfYear(date) : day(date),
  };
  const inFull = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
  function writeTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const date = new Date(time.dateTime), format = formats[time.dataset.t];
      if (isNaN(date)) continue;
      if (format) time.textContent = format(date);
      time.title = inFull.format(date);
    }
  }
  // ---- the reader's zone: in it a day ends that is chosen, and days are counted ----
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes("keyrack-zone=" + zone)) document.cookie = "keyrack-zone=" + zone + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
  function writeDaysLeft(root) {
    for (const badge of root.querySelectorAll("[data-until]")) {
      const day = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 864e5;
      const days = day(new Date(badge.dataset.until)) - day(new Date());
      badge.textContent = "Expires " + (days <= 0 ? "today" : days === 1 ? "tomorrow" : `in ${days} days`);
    }
  }
  function prepare(part) {
    writeDaysLeft(part.parentElement || part);
    $("[aria-invalid=true]", part)?.focus();
    const field = document.activeElement;
    if (field.type === "text" && part.contains(field)) field.setSelectionRange(field.value.length, field.value.length); // type on
    openDialogs(part);
    writeTimes(part.parentElement || part);
  }
  on("htmx:load", (event) => { if (event.detail.elt !== document.body) prepare(event.detail.elt); });
  // The page itself needs no htmx, which may be what did not load.
  on("DOMContentLoaded", () => setTimeout(() => prepare(document.body)));

  // ---- last, so that nothing above failed: from here on htmx may act (it begins after this file), and buttons that need this file show ----
  document.body.removeAttribute("hx-disable");
  document.documentElement.classList.add("js");
  $("[autofocus].js-only")?.focus(); // it was hidden when the browser looked for it
})();
