// Shows one authority at a time. Without this script every authority stands as a closed fold.
(function () {
  var choice = document.getElementById("area-choice");
  if (!choice) return;
  var areas = document.querySelectorAll("details.area");
  function show() {
    areas.forEach(function (a) {
      a.hidden = a.id !== choice.value;
      a.open = a.id === choice.value;
    });
  }
  if (location.hash.indexOf("#area-") === 0) choice.value = location.hash.slice(1);
  choice.addEventListener("change", show);
  document.getElementById("area-chooser").hidden = false;
  show();
})();
