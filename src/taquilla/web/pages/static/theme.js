"use strict";
// Before anything is painted: the scheme that the reader chose here before; without a choice, the system's.
(() => {
  const SCHEMES = ["auto", "light", "dark"];
  const root = document.documentElement;

  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // The browser keeps nothing for this page: the choice then lasts for the page.
    }
  };
  const remember = (scheme) => {
    try {
      localStorage.setItem("theme", scheme);
    } catch {
      console.info("This browser keeps no choice of theme.");
    }
  };
  const show = (scheme) => {
    root.dataset.theme = SCHEMES.includes(scheme) ? scheme : "auto";
    document.dispatchEvent(new CustomEvent("themechange"));
  };

  show(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.theme");
    const label = () => {
      const text = button.dataset[root.dataset.theme];
      button.title = text;
      button.setAttribute("aria-label", text);
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = SCHEMES[(SCHEMES.indexOf(root.dataset.theme) + 1) % SCHEMES.length];
      remember(next);
      show(next);
      label();
    });
    label();
    // A menu closes when the reader goes elsewhere.
    document.addEventListener("click", (event) => {
      for (const menu of document.querySelectorAll("details.topics[open], details.menu[open]")) {
        if (!menu.contains(event.target)) menu.open = false;
      }
    });
    document.addEventListener("keydown", (event) => {
      const menu = event.key === "Escape" && event.target.closest?.("details.topics[open], details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  });
})();
