namespace ScalingLab.Fuzz.Mutations;

/// <summary>Numbers and texts that break things.</summary>
internal static class Oddities
{
    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "-1", "2", "3", "7", "255", "256", "65535", "65536", "65537", "2147483647", "2147483648",
            "-2147483648", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e3", "1e6",
            "1e9", "1e12", "1e15", "1e18", "1e24",
        "1e100", "1e308", "1e309", "1e999", "-1e999", "5e-324", "1e-400", "0.1", "0.5", "1.5", "0.9999999999999999",
            "1e-9", "1E+2", "1.0", "100.00000000",
    ];

    // As they stand in JSON; in a table the escapes are text.
    private static readonly string[] Texts =
    [
        "", " ", "\\u0000", "\\ud800", "\\udfff\\ud800", "\\u001b[31m\\u0007", "\\u202etxt.nosj", "\\ufeff", "\\uffff",
            "e\\u0301", "\\ud83d\\ude00",
        "null", "true", "NaN",
        "Infinity", "-Infinity", "0", "1e999", "../../../../etc/passwd", "/dev/zero", "/dev/stdin", "/proc/self/mem",
            "C:\\\\x", "~", ".", "..",
        "a/../..", "=1+1", "'; --",
        "<script>", "${x}", "%s%n", "{0}", "\\n", "\\r\\n", "\\t", "\\\"", "\\\\", "__proto__", "con", "\u00e9",
            "\u4e2d", "[red]x[/]", "[/]", "[[",
        "1,2", "auto", "all", "none",
    ];

    public static string Number(Random random) => random.Next(8) switch
    {
        0 => $"{(random.Next(2) == 0 ? "-" : "")}{Digits(random, 1 + random.Next(400))}",
        1 => $"{random.Next(10)}.{Digits(random, 1 + random.Next(40))}e{random.Next(-330, 330)}",
        2 => $"{random.Next(-5, 100)}",
        _ => Of(random, Numbers),
    };

    /// <summary>A text as it stands between quotes in JSON.</summary>
    public static string Text(Random random) => random.Next(12) switch
    {
        0 => new string('x', Length(random)),
        1 => string.Concat(Enumerable.Range(0, 1 + random.Next(20)).Select(_ => Of(random, Texts))),
        2 => string.Concat(Enumerable.Range(0, 1 + random.Next(30)).Select(_ => $"\\u{random.Next(0x10000):x4}")),
        _ => Of(random, Texts),
    };

    /// <summary>Mostly short, now and then a hundred thousand or a million.</summary>
    public static int Length(Random random) => random.Next(40) switch
    {
        0 => 1_000_000,
        < 4 => 100_000,
        < 12 => 5_000,
        _ => 1 + random.Next(300),
    };

    public static T Of<T>(Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];

    private static string Digits(Random random, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => (char)('0' + random.Next(10))));
}
