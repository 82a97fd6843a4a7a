namespace ScalingLab.Reporting;

/// <summary>
/// What makes report.html answer beyond its figures: lists that sort and filter, and tables wider than the page that the keyboard scrolls. Without it the
/// page is whole.
/// </summary>
internal static class PageScript
{
    public const string Script = """
        'use strict';
        // Figures: of a wide and a narrow drawing the one that is seen answers.
        function liveFigures() {
          for (const place of document.querySelectorAll('.plot:not([data-live])')) if (place.offsetParent !== null) liveFigure(place);
        }
        if (typeof liveFigure === 'function') {
          liveFigures();
          matchMedia('(max-width: 40rem)').addEventListener('change', liveFigures);
          document.body.dataset.figures = 'ready';
        }

        // A table that is wider than its place says so, and the keyboard reaches it.
        const watcher = new ResizeObserver(entries => requestAnimationFrame(() => {
          for (const { target } of entries) {
            const scrolls = target.scrollWidth > target.clientWidth + 1;
            target.classList.toggle('scrolls', scrolls);
            if (scrolls) target.tabIndex = 0; else target.removeAttribute('tabindex');
          }
        }));
        for (const place of document.querySelectorAll('.wide')) watcher.observe(place);

        // A list sorts by a click on a heading, and shows the rows that have every word of its filter.
        function liveList(table) {
          const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
          const rows = [...body.rows].map(row => ({ row, text: row.textContent.toLowerCase() }));
          const numbers = cell => cell.dataset.v === undefined ? NaN : Number(cell.dataset.v);
          const bar = document.createElement('p'), label = document.createElement('label'), field = document.createElement('input');
          const shown = document.createElement('output');
          bar.className = 'filter';
          field.type = 'search';
          label.append('Filter ', field);
          bar.append(label, ' ', shown);
          table.parentNode.before(bar);
          function filter() {
            const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
            let count = 0;
            for (const { row, text } of rows) {
              row.hidden = !words.every(word => text.includes(word));
              if (!row.hidden) count++;
            }
            shown.textContent = words.length ? `${count} of ${rows.length}` : `${rows.length} rows`;
          }
          function sort(column, downwards) {
            const keyed = rows.map(({ row }, i) => ({ row, i, number: numbers(row.cells[column]), text: row.cells[column].textContent }));
            const isNumber = keyed.some(k => !isNaN(k.number));
            const isMissing = k => isNumber ? isNaN(k.number) : k.text === '';
            keyed.sort((a, b) => isMissing(a) - isMissing(b)
              || (isMissing(a) ? 0 : (downwards ? -1 : 1) * (isNumber ? a.number - b.number : a.text.localeCompare(b.text, 'en', { numeric: true })))
              || a.i - b.i);
            body.append(...keyed.map(k => k.row));
            for (const head of heads) head.removeAttribute('aria-sort');
            heads[column].setAttribute('aria-sort', downwards ? 'descending' : 'ascending');
          }
          heads.forEach((head, column) => {
            const button = document.createElement('button');
            button.type = 'button';
            button.textContent = head.textContent;
            head.replaceChildren(button);
            button.addEventListener('click', () => sort(column, head.getAttribute('aria-sort') === 'ascending'));
          });
          field.addEventListener('input', filter);
          filter();
        }
        document.querySelectorAll('table.list').forEach(liveList);

        """;
}
