namespace ScalingLab.Fuzz.Mutations;

/// <summary>Makes one lie or several of valid JSON: numbers, types, names, depth, length and text.</summary>
/// <param name="words">Names and texts that the format knows: what is put in their place may be read further than
/// nonsense.</param>
internal sealed class JsonMutator(IReadOnlyList<string> words)
{
    // What repeats itself over and over is longer than it is telling.
    private const int Longest = 2_000_000;

    public string Mutate(string json, Random random)
    {
        var tree = JsonTree.Of(json);
        var text = json;
        for (var i = Times(random); i > 0 && text.Length < Longest; i--)
        {
            Mutate(tree, random);
            text = tree.ToString();
        }

        return text;
    }

    /// <summary>Mostly one change, so that the rest is read as it was meant; at times many.</summary>
    public static int Times(Random random) => random.Next(10) switch { < 5 => 1, < 8 => 2, 8 => 4, _ => 12 };

    private void Mutate(JsonTree root, Random random)
    {
        var all = root.All().ToList();
        var one = Oddities.Of(random, all);
        switch (random.Next(14))
        {
            case < 3:
                (Any(all.FindAll(t => t.IsNumber), random) ?? one).Become(Oddities.Number(random));
                break;
            case < 5:
                (Any(all.FindAll(t => t.IsText), random) ?? one).Become($"\"{Text(random)}\"");
                break;
            case 5:
                one.Become(Other(random));
                break;
            case 6:
                one.Become(Nested(one.ToString(), random));
                break;
            case 7:
                one.Become(Oddities.Of(random, all).ToString()); // another part of the same
                break;
            case 8:
                Repeat(Any(all.FindAll(t => t.IsArray && t.Members.Count > 0), random), random);
                break;
            case 9:
                one.Become($"[{one},{Other(random)}]");
                break;
            default:
                Members(Any(all.FindAll(t => t.IsObject && t.Members.Count > 0), random), random);
                break;
        }
    }

    private void Members(JsonTree? tree, Random random)
    {
        if (tree is null) return;
        var at = random.Next(tree.Members.Count);
        var (name, value) = tree.Members[at];
        switch (random.Next(5))
        {
            case 0:
                tree.Members.RemoveAt(at);
                break;
            case 1:
                tree.Members.Insert(random.Next(tree.Members.Count),
                    (name, JsonTree.Of(Safe(random.Next(2) == 0 ? value.ToString() : Other(random)))));
                break;
            case 2:
                tree.Members[at] = ($"\"{Name(name!, random)}\"", value);
                break;
            case 3:
                tree.Members.Add(($"\"{Oddities.Of(random, words)}\"", JsonTree.Of(Safe(Other(random)))));
                break;
            default:
                tree.Members.Add(($"\"{Oddities.Of(random, words)}\"", JsonTree.Of(Safe(value.ToString()))));
                break;
        }
    }

    private string Name(string quoted, Random random)
    {
        var name = quoted[1..^1];
        return random.Next(6) switch
        {
            0 => Text(random),
            1 => name.ToUpperInvariant(),
            2 => name.Length > 1 ? name[1..] : "",
            3 => name + "\\u0000",
            _ => Oddities.Of(random, words),
        };
    }

    private string Text(Random random) => random.Next(3) == 0 ? Oddities.Of(random, words) : Oddities.Text(random);

    private string Other(Random random) => random.Next(9) switch
    {
        0 => "null",
        1 => "true",
        2 => "[]",
        3 => "{}",
        4 => "[null]",
        5 => "\"\"",
        6 => Oddities.Number(random),
        _ => $"\"{Text(random)}\"",
    };

    private static string Nested(string inner, Random random)
    {
        int[] depths = [1, 2, 10, 62, 63, 64, 65, 1000, 100_000];
        var depth = Oddities.Of(random, depths);
        return random.Next(2) == 0
            ? $"{new string('[', depth)}{inner}{new string(']', depth)}"
            : $"{string.Concat(Enumerable.Repeat("{\"a\":", Math.Min(depth, 10_000)))}{inner}{new string('}', Math.Min(depth, 10_000))}";
    }

    private static void Repeat(JsonTree? array, Random random)
    {
        if (array is null) return;
        var one = Oddities.Of(random, array.Members).Value.ToString();
        int[] counts = [1, 2, 10, 100, 1000];
        var most = Math.Max(1, 1_000_000 / Math.Max(1, one.Length));
        // As text: were the copies one and the same tree, to repeat something in it would repeat it in each of them.
        for (var i = Math.Min(most, Oddities.Of(random, counts)); i > 0; i--)
            array.Members.Add((null, JsonTree.Leaf(one)));
    }

    private static JsonTree? Any(List<JsonTree> some, Random random) =>
        some.Count == 0 ? null : Oddities.Of(random, some);

    // A number or a text that is no JSON is put in as a leaf, which JsonTree.Of could not read.
    private static string Safe(string text)
    {
        try
        {
            using var _ = System.Text.Json.JsonDocument.Parse(text);
            return text;
        }
        catch (System.Text.Json.JsonException)
        {
            return "0";
        }
    }
}
