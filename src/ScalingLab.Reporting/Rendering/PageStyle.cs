namespace ScalingLab.Reporting.Rendering;

/// <summary>The look of report.html: a page of text, readable on a phone and on paper.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root { color-scheme: light; }
        body { margin: 0; background: #fff; color: #1b1b1b; font: 16px/1.5 "DejaVu Sans", Verdana, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
        h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; border-bottom: 1px solid #ccc; padding-bottom: .2rem; overflow-wrap: anywhere; }
        h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; overflow-wrap: anywhere; }
        p, ul { margin: .6rem 0; overflow-wrap: anywhere; }
        ul { padding-left: 1.4rem; }
        a { color: #00568a; }
        nav ul { list-style: none; padding: 0; columns: 3 14rem; font-size: .9rem; }
        .finding { border-left: 4px solid #0072B2; padding: .4rem .9rem; background: #f2f7fb; }
        .wide { overflow-x: auto; margin: .8rem 0; }
        /* White that scrolls with the table covers the shadows at its ends: a shadow says that there is more on that side. */
        .wide.scrolls { background:
          linear-gradient(to right, #fff 1.2rem, #fff0) left / 2.4rem 100% no-repeat local,
          linear-gradient(to left, #fff 1.2rem, #fff0) right / 2.4rem 100% no-repeat local,
          linear-gradient(to right, #0003, #0000) left / .8rem 100% no-repeat scroll,
          linear-gradient(to left, #0003, #0000) right / .8rem 100% no-repeat scroll; }
        .wide.scrolls::before { content: "scroll sideways for more →"; display: block; position: sticky; left: 0; width: max-content;
          font-size: .75rem; color: #595959; }
        .wide:focus-visible { outline: 2px solid #0072B2; }
        table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; white-space: nowrap; }
        thead th { border-bottom: 1.5px solid #555; vertical-align: bottom; }
        .n { text-align: right; }
        .long { white-space: normal; min-width: 12rem; max-width: 28rem; overflow-wrap: anywhere; }
        .filter { font-size: .9rem; }
        .filter input { font: inherit; padding: .15rem .4rem; border: 1px solid #767676; border-radius: 4px; max-width: 60%; }
        .filter button { font: inherit; padding: .1rem .5rem; }
        th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
        th button::after { content: " ↕"; color: #595959; font-weight: normal; }
        th[aria-sort="ascending"] button::after { content: " ↑"; color: inherit; }
        th[aria-sort="descending"] button::after { content: " ↓"; color: inherit; }
        th button:focus-visible { outline: 2px solid #0072B2; outline-offset: 2px; }
        .list { contain: layout; }
        figure { margin: 1.4rem 0; }
        figcaption { font-size: .85rem; color: #444; margin-top: .4rem; }
        .plot.narrow { display: none; }
        pre { background: #f6f6f6; padding: .7rem .9rem; margin: 0; width: max-content; min-width: 100%; box-sizing: border-box;
          font-size: .82rem; line-height: 1.4; }
        code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .92em; }
        @media (max-width: 40rem) {
          main { padding: 1rem .8rem 3rem; }
          h1 { font-size: 1.4rem; }
          th, td { padding: .25rem .4rem; }
          td:first-child, .long { white-space: normal; min-width: 6rem; max-width: 13rem; }
          .list td { white-space: nowrap; min-width: 0; max-width: none; }
          .plot.broad { display: none; }
          .plot.narrow { display: block; }
          .plot.narrow svg { max-width: 100%; }
        }
        @page { margin: 16mm 14mm; }
        @media print {
          body { font-size: 10pt; line-height: 1.4; }
          main { max-width: none; padding: 0; }
          nav, .filter, th button::after, .wide.scrolls::before { display: none; }
          .plot.broad { display: block; }
          .plot.narrow { display: none; }
          .plot svg { max-width: 100%; max-height: 22cm; }
          figure, tr, .finding, li { break-inside: avoid; }
          h1, h2, h3, thead, p:has(+ .wide) { break-after: avoid; }
          p { orphans: 3; widows: 3; }
          thead { display: table-header-group; }
          table { font-size: 7.5pt; max-width: 100%; }
          th, td, .list td { padding: .15rem .35rem; white-space: normal; min-width: 0; max-width: none; overflow-wrap: anywhere; }
          td.n, th.n { overflow-wrap: normal; }
          .wide { overflow: visible; background: none; }
          pre { width: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
          a { color: inherit; text-decoration: none; }
          a[href^="http"]::after { content: " (" attr(href) ")"; overflow-wrap: anywhere; }
        }

        """;
}
