// The mouse and the keyboard. w a s d work as in Perfetto: as long as a key is down, the lanes move, and faster and
// faster.

const kZoomPerSecond = 4, kPanPerSecond = 900;

function listen(app) {
  const {canvas} = app.raster, tip = document.getElementById("tip"), down = new Set();
  let mouse = null, drag = null, last = 0;

  // ---- the keyboard

  function move(now) {
    if (down.size === 0) return;
    const dt = Math.min(0.05, (now - last) / 1000);
    last = now;
    const x = mouse === null ? app.view.width / 2 : Math.max(0, mouse.x - kGutter);
    if (down.has("w")) app.view.zoom(kZoomPerSecond ** -dt, x);
    if (down.has("s")) app.view.zoom(kZoomPerSecond ** dt, x);
    if (down.has("a")) app.view.pan(-kPanPerSecond * dt);
    if (down.has("d")) app.view.pan(kPanPerSecond * dt);
    app.redraw();
    requestAnimationFrame(move);
  }
  const simple = {
    ArrowRight: () => app.forward(1),
    ArrowLeft: () => app.forward(-1),
    ArrowDown: () => app.same(1),
    ArrowUp: () => app.same(-1),
    Home: () => app.go(0),
    End: () => app.go(app.timeline.count - 1),
    f: () => { app.view.all(); app.redraw(); },
    t: () => app.scheme(),
    "/": () => app.search.input.focus(),
    "?": () => document.getElementById("help").showModal(),
    Escape: () => { app.choose(0); app.select(null); },
  };
  window.addEventListener("keydown", (e) => {
    const typing = e.target.tagName === "INPUT" || document.querySelector("dialog[open]") !== null;
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    if ("wasd".includes(key)) {
      if (down.size === 0) {
        // A tap moves, too.
        last = performance.now() - 16;
        requestAnimationFrame(move);
      }
      down.add(key);
    } else if (simple[key]) {
      simple[key]();
    } else {
      return;
    }
    e.preventDefault();
  });
  window.addEventListener("keyup", (e) => {
    // Not before it has moved once.
    requestAnimationFrame(() => requestAnimationFrame(() => down.delete(e.key.toLowerCase())));
  });
  window.addEventListener("blur", () => down.clear());

  // ---- the mouse on the lanes

  const place = (e) => {
    const box = canvas.getBoundingClientRect();
    return {x: e.clientX - box.left, y: e.clientY - box.top};
  };
  const under = (at) => {
    if (at.x < kGutter || at.y < kRuler) return null;
    const row = app.lanes.rowAt(at.y - kRuler + app.lanes.scroll);
    if (row === null || row.kind === "title") return null;
    const time = app.view.time(at.x - kGutter);
    return {row, time, span: row.kind === "spans" ? app.lanes.spanAt(row, time, app.view.scale * 1.5) : -1};
  };
  canvas.addEventListener("pointerdown", (e) => {
    drag = {...place(e), moved: false};
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", (e) => {
    const at = place(e);
    mouse = at;
    if (drag !== null && (drag.moved || Math.abs(at.x - drag.x) + Math.abs(at.y - drag.y) > 3)) {
      drag.moved = true;
      canvas.classList.add("drag");
      app.view.pan(drag.x - at.x);
      app.scroll(drag.y - at.y);
      drag.x = at.x;
      drag.y = at.y;
      tip.hidden = true;
      app.redraw();
      return;
    }
    hover(at);
  });
  canvas.addEventListener("pointerup", (e) => {
    const wasDrag = drag !== null && drag.moved, at = place(e);
    drag = null;
    canvas.classList.remove("drag");
    if (!wasDrag) click(at);
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; mouse = null; });
  canvas.addEventListener("dblclick", (e) => {
    const at = under(place(e));
    if (at === null || at.span < 0) return;
    const s = spansOf(app.d, at.row.lane), t0 = s.start[at.span], t1 = s.end[at.span];
    app.view.set(t0 - (t1 - t0) * 0.2, t1 + (t1 - t0) * 0.2);
    app.redraw();
  });
  canvas.addEventListener("wheel", (e) => {
    e.preventDefault();
    if (e.ctrlKey) app.view.zoom(1.002 ** e.deltaY, Math.max(0, place(e).x - kGutter));
    else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) app.view.pan(e.deltaX || e.deltaY);
    else app.scroll(e.deltaY);
    app.redraw();
  }, {passive: false});

  function hover(at) {
    const what = under(at);
    let text = null;
    if (what !== null && what.row.kind === "count") {
      const s = what.row.series, i = lastAtOrBefore(s.times, s.n, what.time, 0);
      if (i >= 0) text = what.row.counter.name + ": " + s.values[i];
    } else if (what !== null && what.span >= 0) {
      const s = spansOf(app.d, what.row.lane), i = what.span, cause = app.d.causes[s.cause[i]];
      const parts = [label(app.d, s, i), duration(app.d, s.end[i] - s.start[i])];
      if (s.g[i] !== 0) parts.splice(1, 0, cause.name);
      text = parts.join(" · ");
    }
    tip.hidden = text === null;
    if (text === null) return;
    tip.textContent = text;
    const room = app.raster.w - tip.offsetWidth - 8;
    tip.style.left = Math.min(at.x + 14, room) + "px";
    tip.style.top = Math.min(at.y + 16, app.raster.h - tip.offsetHeight - 4) + "px";
  }

  function click(at) {
    if (at.x < kGutter) {
      const row = app.lanes.rowAt(at.y - kRuler + app.lanes.scroll);
      if (row !== null && row.kind === "spans" && row.lane.g !== 0) app.choose(row.lane.g);
      return;
    }
    const what = under(at);
    if (what !== null && what.span >= 0) {
      app.select(what.row, what.span, what.time);
    } else {
      app.select(null);
      app.goTime(app.view.time(at.x - kGutter));
    }
  }

  // ---- everything else

  document.addEventListener("click", (e) => {
    const c = e.target.closest(".chip"), li = e.target.closest("#steps li");
    if (c !== null && c.dataset.g !== undefined) app.choose(Number(c.dataset.g));
    else if (c !== null) app.search.input.value = c.textContent;
    else if (li !== null) app.go(Number(li.dataset.step));
  });
  document.getElementById("steps").addEventListener("wheel", (e) => {
    e.preventDefault();
    app.forward(Math.sign(e.deltaY) * 3);
  }, {passive: false});
  const on = (id, what) => document.getElementById(id).addEventListener("click", what);
  on("first", simple.Home);
  on("last", simple.End);
  on("back", simple.ArrowLeft);
  on("forward", simple.ArrowRight);
  on("scheme", simple.t);
  on("help-button", simple["?"]);
  on("legend-button", () => document.getElementById("legend").showModal());
  document.getElementById("number").addEventListener("keydown", (e) => {
    if (e.key !== "Enter") return;
    const v = Number(e.target.value);
    if (Number.isFinite(v)) app.go(v - (app.d.records ? app.d.begin : 0));
    e.target.blur();
  });
  const lanes = document.getElementById("lanes"), divider = document.getElementById("divider");
  divider.addEventListener("pointerdown", (e) => divider.setPointerCapture(e.pointerId));
  divider.addEventListener("pointermove", (e) => {
    if (!divider.hasPointerCapture(e.pointerId)) return;
    lanes.style.height = Math.max(80, e.clientY - lanes.getBoundingClientRect().top) + "px";
    app.resize();
  });
  window.addEventListener("resize", () => app.resize());
}
