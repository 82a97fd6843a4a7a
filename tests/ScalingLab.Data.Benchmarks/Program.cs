using System.Globalization;
using ScalingLab.Data.Benchmarks;

// Tokenizers side by side, on the same texts (docs/tokenizers.md):
//   dotnet run -c Release --project tests/ScalingLab.Data.Benchmarks encode FILE... [--node FOLDER] [--repeats 3]
//   dotnet run -c Release --project tests/ScalingLab.Data.Benchmarks equal FILE...
// FOLDER is where "npm install tiktoken-node tiktoken" was run; without it tiktoken is left out.

var words = args.ToList();
string? Take(string option)
{
    var at = words.IndexOf(option);
    if (at < 0 || at + 1 >= words.Count) return null;
    var value = words[at + 1];
    words.RemoveRange(at, 2);
    return value;
}

var (node, repeats) = (Take("--node"), int.Parse(Take("--repeats") ?? "3", CultureInfo.InvariantCulture));
switch (words)
{
    case ["encode", _, ..]:
        EncodingSpeed.Run(Contenders.Texts(words.Skip(1)), words.Skip(1).ToList(), node, repeats);
        return 0;
    case ["equal", _, ..]:
        return EqualTokens.Run(words.Skip(1).ToList()) ? 0 : 1;
    default:
        Console.Error.WriteLine("encode FILE... [--node FOLDER] [--repeats N], or equal FILE...");
        return 2;
}
