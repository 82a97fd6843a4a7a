namespace ScalingLab.Reporting;

/// <summary>The look of report.html: a page of text, readable on a phone and on paper.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root { color-scheme: light; }
        body { margin: 0; background: #fff; color: #1b1b1b; font: 16px/1.5 "DejaVu Sans", Verdana, sans-serif; }
        main { max-width: 58rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
        h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; }
        h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; border-bottom: 1px solid #ccc; padding-bottom: .2rem; }
        h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
        p, ul { margin: .6rem 0; overflow-wrap: anywhere; }
        .finding { border-left: 4px solid #0072B2; padding: .4rem .9rem; background: #f2f7fb; }
        .wide { overflow-x: auto; margin: .8rem 0; }
        table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; white-space: nowrap; }
        thead th { border-bottom: 1.5px solid #555; }
        .n { text-align: right; }
        td:last-child:not(.n) { white-space: normal; }
        figure { margin: 1.4rem 0; }
        figcaption { font-size: .85rem; color: #444; margin-top: .4rem; }
        pre { background: #f6f6f6; padding: .7rem .9rem; overflow-x: auto; font-size: .82rem; line-height: 1.4; }
        code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .92em; }
        @media print {
          body { font-size: 10pt; }
          main { max-width: none; padding: 0; }
          figure, table, pre { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
          .wide { overflow: visible; }
        }

        """;
}
