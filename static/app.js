// Keyrack enhancements. Every flow also works without this file.
(() => {
  "use strict";
  const $ = (s, r = document) => r.querySelector(s);
  const on = (type, fn) => document.addEventListener(type, fn);

  // ---- messages: a toast (role=status) outside dialogs, the dialog's own status line inside ----
  function say(text, kind = "") {
    const d = $("dialog:modal .say");
    if (d) { d.textContent = text; return; }
    const t = $("#toast");
    if (!t) return;
    const n = t.content.firstElementChild.cloneNode(true);
    if (kind) n.classList.add(kind);
    $("use", n).setAttribute("href", $("use", n).getAttribute("href").replace(/#.*/, kind === "danger" ? "#circle-alert" : "#circle-check"));
    $("p", n).textContent = text;
    $("#toasts").replaceChildren(n);
  }

  // ---- copy: Clipboard API on secure origins, execCommand elsewhere (http:// on a LAN) ----
  async function copy(text, near) {
    if (navigator.clipboard && window.isSecureContext) {
      try { await navigator.clipboard.writeText(text); return true; } catch { /* denied: fall through */ }
    }
    const ta = document.createElement("textarea");
    ta.value = text;
    ta.readOnly = true;
    ta.className = "sr";
    ta.setAttribute("aria-hidden", "true");
    // inside a modal dialog everything outside is inert, so the helper must live inside it
    (near.closest("dialog:modal") || document.body).append(ta);
    const back = document.activeElement;
    ta.select();
    let ok = false;
    try { ok = document.execCommand("copy"); } catch { /* not supported */ }
    ta.remove();
    back?.focus({ preventScroll: true });
    return ok;
  }
  // data-copy-from names the element; a bare data-copy copies the button's own <code>, exactly as shown
  async function copyBy(b) {
    const from = b.dataset.copyFrom ? document.getElementById(b.dataset.copyFrom) : $("code", b);
    const ok = await copy(from.value ?? from.textContent.trim(), b);
    if (ok) {
      b.setAttribute("data-copied", "");
      setTimeout(() => b.removeAttribute("data-copied"), 2000);
      b.closest(".reveal, [data-once]")?.setAttribute("data-kept", "");
      say(b.dataset.say || "Copied to clipboard.");
    } else {
      if (from.select) from.select(); else getSelection().selectAllChildren(from);
      say("Copying is blocked. The text is selected: copy it.");
    }
    return ok;
  }
  on("click", (e) => {
    const b = e.target.closest("[data-copy], [data-copy-from]");
    if (b && !b.matches("[data-copy-close]")) copyBy(b);
  });
  // copying by hand (the key or the curl) counts as copied
  on("copy", () => {
    const r = open();
    const copied = String(getSelection()).replace(/\s/g, "");
    if (r && copied.includes($("#new-key", r).textContent)) r.setAttribute("data-kept", "");
    const once = $("[data-once]:not([data-kept])"), link = once && $("#lnk", once);
    if (link && copied.includes(link.textContent)) once.setAttribute("data-kept", "");
  });

  // ---- a password is shown to whoever types it, and hidden again before it is sent: what browsers keep of a text field is not for passwords ----
  on("click", (e) => {
    const b = e.target.closest("[data-show]");
    if (!b) return;
    const field = document.getElementById(b.dataset.show), shown = field.type === "text";
    field.type = shown ? "password" : "text";
    b.setAttribute("aria-pressed", String(!shown));
  });
  on("submit", (e) => e.target.querySelectorAll("[data-show][aria-pressed=true]").forEach((b) => b.click()));
  on("click", (e) => { if (e.target.closest("[data-print]")) print(); });

  // ---- the reveal: closing asks when the key was not copied ----
  const open = () => $(".reveal:not([data-kept])");
  function leave(r) {
    const ask = $(".ask", r), bye = $(".bye", r);
    if (!r.hasAttribute("data-kept")) {
      ask.hidden = !ask.hidden; // Escape once more goes back
      $(ask.hidden ? ".keep" : ".ask .primary", r).focus();
    } else if (r.matches(":modal")) r.close();
    else location.replace(bye.href); // what Back would lead to can't be shown again
  }
  on("click", async (e) => {
    const r = e.target.closest(".reveal");
    if (!r) return;
    const b = e.target.closest("button, a");
    if (b?.matches(".bye") || (e.target === r && r.matches(":modal"))) { e.preventDefault(); leave(r); }
    else if (b?.matches("[data-copy-close]")) { if (await copyBy(b)) leave(r); }
    else if (b?.matches("[data-lose]")) { r.setAttribute("data-kept", ""); leave(r); }
  });
  // recovery codes are shown once, too
  on("click", (e) => e.target.closest("[data-saved], [data-once] [download], [data-print]")?.closest("[data-once]").setAttribute("data-kept", ""));
  addEventListener("beforeunload", (e) => { if (open() || $("[data-once]:not([data-kept])")) e.preventDefault(); });

  // ---- dialogs that arrive as htmx partials ----
  let trigger = null; // Safari does not focus a clicked button, so remember what asked
  function openDialogs(root) {
    const list = root.matches?.("dialog[data-modal]") ? [root] : root.querySelectorAll("dialog[data-modal]");
    for (const d of list) {
      if (d.matches(":modal") || !d.isConnected) continue;
      const active = document.activeElement;
      const opener = active && active !== document.body ? active : trigger;
      const reveal = d.matches(".reveal");
      d.removeAttribute("open");
      d.showModal();
      d.scrollTop = 0; // what it says comes before the field that has the focus, also where it is low
      if (reveal) d.addEventListener("cancel", (e) => e.preventDefault()); // keydown asks
      d.addEventListener("close", () => {
        d.remove();
        const to = $(d.dataset.focusAfter || "#main");
        $("tr.new")?.classList.remove("new");
        if (reveal && to) to.classList.add("new");
        (!reveal && opener?.isConnected ? opener : to || $("#main"))?.focus();
        // the last row of this page went, but not the last key: show those that are left
        const card = !reveal && to?.closest(".keys");
        if (card && !$("tbody tr", card) && ($("footer", card) || location.search)) location.reload();
      }, { once: true });
    }
  }
  on("closeDialogs", () => document.querySelectorAll("dialog:modal").forEach((d) => d.close()));
  // a long menu is scrolled to the current entry, without scrolling the page
  document.addEventListener("toggle", (e) => {
    const menu = e.newState === "open" && e.target.matches?.(".menu") && e.target, here = menu && $("[aria-current]", menu);
    if (here) menu.scrollTop = here.offsetTop - (menu.clientHeight - here.offsetHeight) / 2;
  }, true);
  // in a menu arrow keys walk over what it has, and letters lead to what begins with them
  let letters = "", typedAt = 0;
  on("keydown", (e) => {
    const menu = $(".menu:popover-open");
    const inside = menu && (menu.contains(e.target) || e.target.getAttribute?.("popovertarget") === menu.id);
    if (!inside || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const all = [...menu.querySelectorAll("a, button")], here = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    let to;
    if (step && here < 0) to = $("[aria-current]", menu) ?? all.at(step > 0 ? 0 : -1);
    else if (step) to = all[(here + step + all.length) % all.length];
    else if (e.key === "Home") to = all[0];
    else if (e.key === "End") to = all.at(-1);
    else if ([...e.key].length === 1 && (e.key !== " " || letters && e.timeStamp - typedAt < 700)) {
      const letter = e.key.toLowerCase(), goesOn = e.timeStamp - typedAt < 700;
      typedAt = e.timeStamp;
      // the same letter once more: the next that begins with it
      letters = goesOn && letters !== letter ? letters + letter : letter;
      const from = here + (letters.length === 1 ? 1 : 0);
      to = [...all.slice(Math.max(from, 0)), ...all.slice(0, Math.max(from, 0))].find((a) => a.textContent.trim().toLowerCase().startsWith(letters));
      if (e.key === " ") e.preventDefault();
    }
    if (to) { e.preventDefault(); to.focus(); }
  });
  // browsers without invoker commands (Firefox ESR 140, Safari < 26.2)
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    on("click", (e) => {
      const b = e.target.closest("button[commandfor]");
      const d = b && document.getElementById(b.getAttribute("commandfor"));
      d?.close();
    });
  }

  // ---- the form row: Add Key twice focuses the open form, Cancel and Escape put the page back ----
  on("htmx:beforeRequest", (e) => {
    trigger = e.detail.elt;
    const field = trigger.dataset.add && document.getElementById(trigger.dataset.add);
    // its answer was lost: that comes first
    if (field) { e.preventDefault(); (field.checkVisibility() ? field : $(".unknown a", field.form)).focus(); }
  });
  function closeRow(el) {
    const row = el.closest(".form-row"), card = el.closest(".card");
    if ($(".htmx-request, .unknown:not([hidden])", row)) return; // under way or lost: locked
    const list = $("[data-cancel-row]", row);
    if (list && list.pathname !== location.pathname) return location.assign(list.href); // on the form's own page
    row.remove();
    $("header .btn", card)?.focus();
  }
  // what was typed under Options does not go with one press of Escape: they fold first
  function fold(row) {
    const more = $("details[open]", row);
    if (![...(more?.querySelectorAll("input, select, textarea") ?? [])].some((f) => f.value)) return false;
    more.open = false;
    $("summary", more).focus();
    return true;
  }
  on("click", (e) => {
    const a = e.target.closest("[data-cancel-row]");
    if (a) { e.preventDefault(); closeRow(a); }
    e.target.closest("[data-dismiss]")?.closest(".toast, .note")?.remove();
  });
  on("keydown", (e) => {
    if (e.key !== "Escape" || e.isComposing) return; // the input method's own Escape
    const r = $(".reveal:modal") || (!$("dialog:modal, :popover-open") && $(".reveal"));
    if (r) { e.preventDefault(); leave(r); }
    else if (e.target.closest?.(".form-row")) fold(e.target.closest(".form-row")) || closeRow(e.target);
  });

  // ---- lost answers: a form with an .unknown part says what is not known, everything else is a toast ----
  function lost(e, text) {
    const f = e.detail.elt.closest?.("form"), u = f && $(".unknown", f);
    if (!u) return say(text, "danger");
    const n = $("b", u);
    if (f.elements.name) n.textContent = f.elements.name.value.trim();
    $(".fs", f).hidden = true;
    u.hidden = false;
    $("a", u).focus();
  }
  // the server's own words for 4xx, and for what surely was not saved: a toast, or inside an open dialog its status line
  function refused(form, html, status) {
    setTimeout(() => $("input:not([type=hidden])", form)?.focus()); // it was locked, which took the focus away
    const n = new DOMParser().parseFromString(html, "text/html").querySelector(".toast");
    if (n && !$("dialog:modal .say")) return $("#toasts").replaceChildren(n);
    say(n ? $("p", n).textContent : "That didn't work (" + status + "). Reload the page.", "danger");
  }
  on("htmx:sendError", (e) => lost(e, "No connection to Keyrack." + ($("dialog:modal .say") ? "" : " Check your network and try again.")));
  on("htmx:timeout", (e) => lost(e, "Keyrack took too long to answer."));
  on("htmx:responseError", (e) => {
    const s = e.detail.xhr.status;
    const f = e.detail.elt;
    // Sent once more without htmx, the answer is a page that keeps what was typed while one signs in.
    if (s === 401 && f.method === "post") setTimeout(() => HTMLFormElement.prototype.submit.call(f)); // once it is unlocked
    else if (s === 401) location.assign("/sign-in?ended=1&next=" + encodeURIComponent(location.pathname + location.search));
    else if (s >= 500 && !e.detail.xhr.responseText.includes(" data-unsaved")) lost(e, "Keyrack can't answer right now (" + s + ").");
    else refused(e.detail.elt, e.detail.xhr.responseText, s);
  });
  on("animationend", (e) => {
    if (e.animationName === "toast-out") e.target.remove();
    if (e.animationName === "glow") e.target.closest("tr").classList.remove("new");
  });

  // ---- theme: the form POST works alone; this only avoids the round trip ----
  on("submit", (e) => {
    const f = e.target.closest("form[data-theme-form]"), v = e.submitter?.value;
    if (!f || !v) return;
    e.preventDefault();
    const root = document.documentElement;
    if (v === "system") delete root.dataset.theme; else root.dataset.theme = v;
    f.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === e.submitter)));
    const body = new URLSearchParams(new FormData(f));
    body.set("theme", v);
    fetch(f.action, { method: "POST", body, redirect: "manual" });
  });

  // ---- signed in again: on to the form, with what was typed ----
  const back = $("form[data-at-once]");
  if (back) HTMLFormElement.prototype.submit.call(back);

  // ---- a form is sent once: sent again, it would say that all is done already, in place of the answer with the key ----
  on("submit", (e) => {
    const f = e.target;
    if (e.defaultPrevented || f.method !== "post") return;
    if ("sent" in f.dataset) return e.preventDefault();
    const unlock = () => { delete f.dataset.sent; e.submitter?.removeAttribute("aria-busy"); };
    f.dataset.sent = "";
    e.submitter?.setAttribute("aria-busy", "true");
    setTimeout(unlock, 10000); // somebody stopped it
    addEventListener("pageshow", unlock, { once: true }); // somebody came back
  });

  // ---- a new project: what the name makes of the slug if none is typed (the server does it, and knows which are taken) ----
  on("input", (e) => {
    const slug = document.getElementById(e.target.dataset?.slugFor);
    if (slug) slug.placeholder = e.target.value.normalize("NFKD").replace(/[^\x00-\x7f]/g, "").toLowerCase().split(/[^a-z0-9]+/).filter(Boolean).join("-").slice(0, 48).replace(/-$/, "") || "project";
  });

  // ---- plot: arrow keys walk over the bars, the numbers stand beside the legend ----
  const bar = (e) => e.target.closest?.(".plot g[aria-label]");
  function read(from, text) {
    const o = $("output", from.closest("figure"));
    o.dataset.sum ??= o.textContent;
    o.textContent = text ?? o.dataset.sum;
  }
  for (const type of ["pointerover", "focusin"]) on(type, (e) => { const g = bar(e); if (g) read(g, g.getAttribute("aria-label")); });
  for (const type of ["pointerout", "focusout"]) on(type, (e) => { const g = bar(e); if (g) read(g); }); // the sum again
  on("keydown", (e) => {
    if (!e.target.matches?.(".plot g[aria-label]")) return;
    const to = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[e.key];
    const g = to && e.target[to];
    if (!g?.hasAttribute("aria-label")) return;
    e.preventDefault();
    e.target.setAttribute("tabindex", "-1"); g.setAttribute("tabindex", "0"); g.focus();
  });

  // ---- times: UTC in the HTML, the reader's zone here; relative texts keep theirs and get a title ----
  // As the server writes them, whatever the browser's language is: they stand in English sentences.
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "), two = (n) => String(n).padStart(2, "0");
  const near = (d) => d.getDate() + " " + months[d.getMonth()], day = (d) => near(d) + " " + d.getFullYear();
  const fmt = {
    dt: (d) => day(d) + ", " + two(d.getHours()) + ":" + two(d.getMinutes()),
    d: (d) => d.getFullYear() === new Date().getFullYear() ? near(d) : day(d),
  };
  const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
  function times(root) {
    for (const t of root.querySelectorAll("time[datetime]")) {
      const d = new Date(t.dateTime), f = fmt[t.dataset.t];
      if (isNaN(d)) continue;
      if (f) t.textContent = f(d);
      t.title = whole.format(d);
    }
  }
  // ---- the reader's zone: in it a day ends that is chosen, and days are counted ----
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes("keyrack-zone=" + zone)) document.cookie = "keyrack-zone=" + zone + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
  function daysLeft(root) {
    for (const b of root.querySelectorAll("[data-until]")) {
      const day = (d) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / 864e5;
      const days = day(new Date(b.dataset.until)) - day(new Date());
      b.textContent = "Expires " + (days <= 0 ? "today" : days === 1 ? "tomorrow" : `in ${days} days`);
    }
  }
  function arrived(part) {
    daysLeft(part.parentElement || part);
    $("[aria-invalid=true]", part)?.focus();
    const field = document.activeElement;
    if (field.type === "text" && part.contains(field)) field.setSelectionRange(field.value.length, field.value.length); // type on
    openDialogs(part);
    times(part.parentElement || part);
  }
  on("htmx:load", (e) => { if (e.detail.elt !== document.body) arrived(e.detail.elt); });
  // The page itself needs no htmx, which may be what did not load.
  on("DOMContentLoaded", () => setTimeout(() => arrived(document.body)));

  // ---- last, so that nothing above failed: from here on htmx may act (it begins after this file), and buttons that need this file show ----
  document.body.removeAttribute("hx-disable");
  document.documentElement.classList.add("js");
  $("[autofocus].js-only")?.focus(); // it was hidden when the browser looked for it
})();
