// The form of a webhook: a click on a value of the example fills a rule, without the way to the server and back, and each group of
// types says how many of it are ticked.
"use strict";

document.addEventListener("change", (event) => {
  const group = event.target.closest(".kinds details");
  const counts = group?.querySelector("[data-counts]");
  if (!counts) return;
  const chosen = counts.dataset.counts.replace("#", group.querySelectorAll(".members :checked").length);
  counts.textContent = group.querySelector(".whole :checked") ? counts.dataset.all : chosen;
});

document.addEventListener("click", (event) => {
  const pick = event.target.closest("button.pick");
  const rules = document.getElementById("rules");
  if (!pick || !rules) return;
  event.preventDefault();
  const tab = pick.value.indexOf("\t");
  const field = (rule, name) => rule.querySelector(`[name="${name}"]`);
  const isEmpty = (rule) => ["rule_event", "rule_path", "rule_value"].every((name) => field(rule, name).value.trim() === "");
  const all = [...rules.querySelectorAll(".rule")];
  let rule = all.find(isEmpty);
  if (!rule) {
    const last = all.at(-1);
    rule = last.cloneNode(true);
    rule.querySelector(".error")?.remove();
    rule.classList.remove("wrong");
    for (const part of rule.querySelectorAll("[id]")) for (const name of ["id", "aria-invalid", "aria-describedby"]) part.removeAttribute(name);
    rule.setAttribute("aria-label", last.getAttribute("aria-label").replace(/\d+/, all.length + 1));
    last.after(rule);
  }
  const sample = pick.closest(".sample");
  field(rule, "rule_event").value = sample.dataset.event;
  field(rule, "rule_path").value = pick.value.slice(0, tab);
  field(rule, "rule_operator").value = "equals";
  field(rule, "rule_value").value = pick.value.slice(tab + 1);
  sample.querySelector("[role=status]").textContent = sample.dataset.made.replace("#", pick.value.slice(0, tab));
  field(rule, "rule_operator").focus();
});
