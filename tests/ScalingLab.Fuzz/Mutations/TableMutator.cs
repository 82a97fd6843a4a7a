using System.Globalization;

namespace ScalingLab.Fuzz.Mutations;

/// <summary>A table with columns, rows, fields and separators that are not as they should be.</summary>
internal static class TableMutator
{
    private static readonly string[] Names =
    [
        "n", "d", "flops", "loss", "seed", "budget_flops", "tokens", "parameters_with_head", "loss_validation",
            "run_id", "state", "flags", "epochs",
        "lr", "batch",
        "unique_tokens", "model", "", "N", " n ", "loss,", "\"", "=x",
    ];

    public static string Mutate(IReadOnlyList<string[]> example, Random random)
    {
        var rows = example.Select(row => row.ToList()).ToList();
        for (var i = JsonMutator.Times(random); i > 0; i--) Mutate(rows, random);
        string[] separators = [",", ",", ",", ",", ";", "\t", "|", ", ", ",,"];
        string[] ends = ["\n", "\n", "\n", "\r\n", "\r", "\n\n"];
        return string.Join(Oddities.Of(random, ends),
            rows.Select(row => string.Join(Oddities.Of(random, separators[..(random.Next(8) == 0 ? 9 : 1)]), row)))
            + (random.Next(8) == 0 ? "" : "\n");
    }

    private static void Mutate(List<List<string>> rows, Random random)
    {
        var row = rows[random.Next(rows.Count)];
        var column = random.Next(Math.Max(1, rows[0].Count));
        switch (random.Next(16))
        {
            case < 4:
                if (row.Count > 0) row[random.Next(row.Count)] = Field(random);
                break;
            case 4:
                foreach (var each in rows.Skip(1).Where(each => each.Count > column)) each[column] = Field(random);
                break;
            case 5:
                var same = Field(random);
                foreach (var each in rows.Skip(1).Where(each => each.Count > column)) each[column] = same;
                break;
            case 6:
                foreach (var each in rows.Where(each => each.Count > column)) each.RemoveAt(column);
                break;
            case 7:
                foreach (var each in rows.Where(each => each.Count > column)) each.Insert(column, each[column]);
                break;
            case 8:
                if (rows[0].Count > 0) rows[0][random.Next(rows[0].Count)] = Oddities.Of(random, Names);
                break;
            case 9:
                if (rows.Count > 1) rows.RemoveRange(1, random.Next(rows.Count));
                break;
            case 10:
                var copied = row.ToList();
                for (var i = Oddities.Of(random, new[] { 1, 2, 10, 200 }); i > 0; i--) rows.Add([.. copied]);
                break;
            case 11:
                Scale(rows, column, Math.Pow(10, random.Next(-12, 13)));
                break;
            case 12:
                if (row.Count > 1) row.RemoveAt(random.Next(row.Count));
                else row.AddRange(["1", "2"]);
                break;
            case 13:
                for (var i = Oddities.Of(random, new[] { 1, 50, 2000 }); i > 0; i--)
                    row.Add(Field(random) is { Length: < 100 } field ? field : "");
                break;
            case 14:
                rows.Sort((a, b) => string.CompareOrdinal(a.LastOrDefault(), b.LastOrDefault()));
                break;
            default:
                foreach (var each in rows.Skip(1).Where(each => each.Count > column && random.Next(3) == 0))
                    each[column] = "";
                break;
        }
    }

    private static void Scale(List<List<string>> rows, int column, double by)
    {
        foreach (var each in rows.Skip(1).Where(each => each.Count > column))
        {
            if (double.TryParse(each[column], CultureInfo.InvariantCulture, out var x))
                each[column] = (x * by).ToString("R", CultureInfo.InvariantCulture);
        }
    }

    private static string Field(Random random) => random.Next(4) switch
    {
        0 => Oddities.Text(random),
        1 => Oddities.Of(random,
            new[] { "", "NaN", "inf", "-inf", "1,5", "1 000", "124M", "2.5B", "1e", "0x10", "\"", "\"a", "a\"b",
                "\"a\nb\"",
            "-", "None", "\0", "\u001b[31m" }),
        _ => Oddities.Number(random),
    };
}
