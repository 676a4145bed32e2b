/*
 * The frame of pages and what it looks like, see html.h.
 */
#include "page/html.h"

#include "page/escape.h"

const char sn_html_style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1c2024;--dim:#60646c;--line:#e0e3e8;"
	"--head:#f6f7f9;--link:#0b62c4;--up:#1a7f37;--slow:#9a6700;--down:#cf222e;"
	"--refused:#8250df;--unresolved:#bc4c00;--pending:#6e7781}\n"
	"@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e6e8eb;--dim:#9ba1a8;"
	"--line:#2d3238;--head:#1c2024;--link:#6cb2ff;--up:#3fb950;--slow:#d8a500;"
	"--down:#ff6b63;--refused:#b78cff;--unresolved:#f0883e;--pending:#8b949e}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--bg);color:var(--fg);font:14px/1.5 system-ui,sans-serif}\n"
	"a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}\n"
	"header{display:flex;gap:1.2em;align-items:baseline;padding:.7em 1.2em;"
	"border-bottom:1px solid var(--line);background:var(--head)}\n"
	"header strong{font-size:1.15em}\n"
	"main{padding:1em 1.2em;max-width:1800px}\n"
	"h1{font-size:1.4em;margin:.2em 0 .6em}h2{font-size:1.1em;margin:1.4em 0 .4em}\n"
	"form{display:flex;flex-wrap:wrap;gap:.6em;align-items:end;margin:0 0 1em}\n"
	"label{display:flex;flex-direction:column;font-size:.85em;color:var(--dim)}\n"
	"label.row{flex-direction:row;gap:.4em;align-items:center}\n"
	"input,select,button{font:inherit;color:var(--fg);background:var(--bg);"
	"border:1px solid var(--line);border-radius:5px;padding:.3em .5em}\n"
	"button{background:var(--head);cursor:pointer}\n"
	".tiles{display:flex;flex-wrap:wrap;gap:.6em;margin:0 0 1em;padding:0;list-style:none}\n"
	".tiles a{display:block;min-width:6.5em;padding:.4em .8em;border:1px solid var(--line);"
	"border-radius:6px;color:var(--fg)}\n"
	".tiles b{display:block;font-size:1.4em;line-height:1.2}\n"
	".tiles .here{border-color:var(--link)}\n"
	".scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{padding:.35em .7em;text-align:left;white-space:nowrap;"
	"border-bottom:1px solid var(--line);vertical-align:top}\n"
	"tr:last-child td{border-bottom:0}\n"
	"th{background:var(--head);font-weight:600}th a{color:var(--fg)}\n"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
	"td.wrap{white-space:normal;min-width:9em}td.error{white-space:normal;min-width:22em}\n"
	".dim{color:var(--dim)}\n"
	".state{font-weight:600}\n"
	".up{color:var(--up)}.slow{color:var(--slow)}.down{color:var(--down)}"
	".refused{color:var(--refused)}.unresolved{color:var(--unresolved)}"
	".pending{color:var(--pending)}\n"
	".tag{display:inline-block;padding:0 .4em;margin:0 .3em .15em 0;"
	"border:1px solid var(--line);border-radius:4px;font-size:.85em}\n"
	".pages{display:flex;gap:1em;margin:.8em 0}\n"
	"pre{padding:.8em;border:1px solid var(--line);border-radius:6px;overflow-x:auto}\n"
	"code{font-family:ui-monospace,monospace}\n"
	"footer{padding:.8em 1.2em;color:var(--dim)}\n";

/*
 * Fetches the page again every five seconds and puts the new list in place of the old one, while
 * somebody looks at it and wants it. Without JavaScript the page stays as it was loaded.
 */
const char sn_html_script[] =
	"'use strict';\n"
	"(function () {\n"
	"  var live = document.getElementById('live');\n"
	"  var place = document.getElementById('refresh');\n"
	"  if (!live || !place || !window.fetch) return;\n"
	"  var label = document.createElement('label');\n"
	"  var box = document.createElement('input');\n"
	"  label.className = 'row';\n"
	"  box.type = 'checkbox';\n"
	"  box.checked = sessionStorage.getItem('refresh') !== 'off';\n"
	"  box.addEventListener('change', function () {\n"
	"    sessionStorage.setItem('refresh', box.checked ? 'on' : 'off');\n"
	"  });\n"
	"  label.append(box, ' refresh every 5 s');\n"
	"  place.append(label);\n"
	"  var under_way = false;\n"
	"  setInterval(function () {\n"
	"    if (!box.checked || document.hidden || under_way) return;\n"
	"    under_way = true;\n"
	"    fetch(location.href, {headers: {Accept: 'text/html'}}).then(function (r) {\n"
	"      if (!r.ok) throw new Error(r.status);\n"
	"      return r.text();\n"
	"    }).then(function (text) {\n"
	"      var page = new DOMParser().parseFromString(text, 'text/html');\n"
	"      var fresh = page.getElementById('live');\n"
	"      if (fresh) { live.replaceWith(fresh); live = fresh; }\n"
	"      live.classList.remove('dim');\n"
	"    }).catch(function () {\n"
	"      live.classList.add('dim');\n"
	"    }).then(function () { under_way = false; });\n"
	"  }, 5000);\n"
	"})();\n";

void sn_html_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
	      out);
	sn_escape_html(out, title);
	fputs("</title>\n<link rel=\"icon\" href=\"data:,\">\n"
	      "<link rel=\"stylesheet\" href=\"assets/page.css\">\n"
	      "<script src=\"assets/page.js\" defer></script>\n</head>\n<body>\n"
	      "<header><strong><a href=\"./\">sonde</a></strong><a href=\"targets\">Targets</a>"
	      "<a href=\"outputs\">Outputs</a>"
	      "<a href=\"config\">Configuration</a><a href=\"metrics\">Metrics</a></header>\n"
	      "<main>\n<h1>",
	      out);
	sn_escape_html(out, title);
	fputs("</h1>\n", out);
}

void sn_html_end(FILE *out)
{
	fputs("</main>\n</body>\n</html>\n", out);
}
