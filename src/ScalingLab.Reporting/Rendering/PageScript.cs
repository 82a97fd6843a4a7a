namespace ScalingLab.Reporting.Rendering;

/// <summary>
/// What makes report.html answer beyond its figures: lists that sort and filter, and tables wider than the page that
/// the keyboard scrolls. Without it the page is whole.
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

        // A list sorts by a click on a heading, and shows the rows that have every word of its filter; a long one, whose rows stand in the page as data,
        // a page of them at a time.
        function liveList(table) {
          const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], first = [...body.rows];
          const data = table.parentNode.querySelector('script[type="application/json"]'), pageRows = data ? first.length : Infinity;
          const columns = data ? JSON.parse(data.textContent) : heads.map((_, c) => fromPage(c));
          const count = columns[0].rows.length, made = data ? [] : first, texts = [];
          let order = [...Array(count).keys()], page = 0;
          function fromPage(column) {
            const cells = first.map(row => row.cells[column]);
            const numbered = cells.filter(cell => cell.dataset.v !== undefined).sort((a, b) => a.dataset.v - b.dataset.v);
            const different = [...numbered, ...cells.filter(cell => cell.dataset.v === undefined)], places = new Map(different.map((cell, i) => [cell, i]));
            for (let i = 1; i < numbered.length; i++)
              if (Number(numbered[i].dataset.v) === Number(numbered[i - 1].dataset.v)) places.set(numbered[i], places.get(numbered[i - 1]));
            return { texts: different.map(cell => cell.textContent), numbers: numbered.length, rows: cells.map(cell => places.get(cell)) };
          }
          const textOf = (row, column) => columns[column].texts[columns[column].rows[row]];
          const wordsOf = row => texts[row] ??= columns.map((_, c) => textOf(row, c)).join('\n').toLowerCase();
          function element(row) {
            if (made[row]) return made[row];
            const line = document.createElement('tr');
            columns.forEach((column, c) => {
              const cell = document.createElement('td');
              cell.className = heads[c].className;
              const place = column.code ? cell.appendChild(document.createElement('code')) : cell;
              place.textContent = textOf(row, c);
              line.append(cell);
            });
            return line;
          }
          const make = (name, values) => Object.assign(document.createElement(name), values);
          const bar = make('p', { className: 'filter' }), label = make('label'), field = make('input', { type: 'search' }), shown = make('output');
          label.append('Filter ', field);
          bar.append(label, ' ', shown);
          table.parentNode.before(bar);
          const place = make('span'), turn = (words, by) => {
            const button = make('button', { type: 'button', textContent: words });
            button.addEventListener('click', () => { page += by; show(); });
            return button;
          };
          const back = turn('Previous', -1), on = turn('Next', 1);
          if (data) bar.append(' ', back, ' ', place, ' ', on);
          function show() {
            const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
            const found = words.length ? order.filter(row => words.every(word => wordsOf(row).includes(word))) : order;
            const pages = Math.max(1, Math.ceil(found.length / pageRows));
            page = Math.min(Math.max(page, 0), pages - 1);
            body.replaceChildren(...(data ? found.slice(page * pageRows, (page + 1) * pageRows) : found).map(element));
            shown.textContent = words.length ? `${found.length} of ${count}` : `${count} rows`;
            place.textContent = `page ${page + 1} of ${pages}`;
            [back.disabled, on.disabled] = [page === 0, page === pages - 1];
          }
          function sort(column, downwards) {
            const { texts, numbers, rows } = columns[column], sign = downwards ? -1 : 1;
            let rank = texts.map((_, i) => i < numbers ? i : -1);
            if (numbers === 0) {
              const named = texts.map((_, i) => i).filter(i => texts[i] !== '')
                .sort((a, b) => texts[a].localeCompare(texts[b], 'en', { numeric: true }));
              rank = texts.map(() => -1);
              named.forEach((i, n) => rank[i] = n && texts[i] === texts[named[n - 1]] ? rank[named[n - 1]] : n);
            }
            const of = row => rank[rows[row]];
            order = [...Array(count).keys()].sort((a, b) => (of(a) < 0) - (of(b) < 0) || (of(a) < 0 ? 0 : sign * (of(a) - of(b))) || a - b);
            for (const head of heads) head.removeAttribute('aria-sort');
            heads[column].setAttribute('aria-sort', downwards ? 'descending' : 'ascending');
            page = 0;
            show();
          }
          heads.forEach((head, column) => {
            const button = document.createElement('button');
            button.type = 'button';
            button.textContent = head.textContent;
            head.replaceChildren(button);
            button.addEventListener('click', () => sort(column, head.getAttribute('aria-sort') === 'ascending'));
          });
          field.addEventListener('input', () => { page = 0; show(); });
          show();
        }
        document.querySelectorAll('table.list').forEach(liveList);

        """;
}
