// Before anything is painted: parts that only work with scripts show at once, so that nothing moves when they come.
document.documentElement.classList.add("scripted");
