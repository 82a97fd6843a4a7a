using System.CommandLine;
using System.CommandLine.Parsing;
using ScalingLab.Runs.Parsing;

namespace ScalingLab.Cli.Hosting;

/// <summary>
/// What is wrong with a command line, in this program's words: with what was probably meant, and what is expected.
/// </summary>
internal static class CommandLineProblems
{
    /// <summary>Every problem; none where the command can be carried out.</summary>
    public static IReadOnlyList<string> Find(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var strangers = WithoutTheirValues(parsed, UnknownTokens(parsed).ToList());
        List<string> problems = [.. strangers.Select(word => DescribeUnknown(command, word)), .. EmptyValues(parsed)];
        foreach (var error in parsed.Errors)
        {
            // The parser reports an unknown token, and then that the command which it stands for is missing.
            var follows = strangers.Exists(word => error.Message.Contains($"'{word}'", StringComparison.Ordinal))
                || (strangers.Count > 0 && error.SymbolResult is CommandResult);
            if (!follows) problems.Add(Describe(error));
        }

        return [.. problems.Distinct()];
    }

    /// <summary>The command as it is typed: "lab bench fit".</summary>
    public static string Name(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Name(parent)} {command.Command.Name}" : "lab";

    // A misspelt option is taken for an argument where the command takes any.
    private static IEnumerable<string> UnknownTokens(ParseResult parsed) =>
        parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash)
        ? parsed.UnmatchedTokens
        : parsed.UnmatchedTokens.Concat(parsed.CommandResult.Command.Arguments
            .SelectMany(a => parsed.GetResult(a)?.Tokens ?? []).Select(t => t.Value)
            .Where(v => v.StartsWith("--", StringComparison.Ordinal)));

    // What follows a misspelt command is for that command, and the word after a misspelt option is its value.
    private static List<string> WithoutTheirValues(ParseResult parsed, List<string> strangers)
    {
        if (strangers.Count == 0) return strangers;
        if (parsed.CommandResult.Command.Subcommands.Count > 0) return strangers.Take(1).ToList();
        var values = parsed.Tokens.Zip(parsed.Tokens.Skip(1), (one, next) => (one.Value, Next: next.Value))
            .Where(pair => pair.Value.StartsWith("--", StringComparison.Ordinal) && strangers.Contains(pair.Value))
            .Select(pair => pair.Next).ToHashSet();
        return strangers.FindAll(word => word.StartsWith('-') || !values.Contains(word));
    }

    private static string DescribeUnknown(Command command, string word)
    {
        if (word.StartsWith('-'))
            return $"no option is called '{word}'{NearestWord.Hint(word, [.. command.Options.Where(o => !o.Hidden).Select(o => o.Name)])}";
        List<string> commands = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        return commands.Count > 0 ? $"no command is called '{word}'{NearestWord.Hint(word, commands)}"
            : $"'{word}' is one word too many";
    }

    /// <summary>An empty value is refused, but by an option that is empty by itself.</summary>
    private static IEnumerable<string> EmptyValues(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return command.Options.Where(o => o.HasDefaultValue && o.GetDefaultValue() is "" ? false
            : IsEmpty(parsed.GetResult(o)?.Tokens))
            .Select(o => $"{o.Name} is empty; give a value, or leave it out")
            .Concat(command.Arguments.Where(a => IsEmpty(parsed.GetResult(a)?.Tokens))
                .Select(a => $"{a.Name} is empty"));
    }

    private static bool IsEmpty(IReadOnlyList<Token>? tokens) =>
        tokens?.Any(t => string.IsNullOrWhiteSpace(t.Value)) == true;

    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens: [var token, ..] } option
            when IsOfType(error) => DescribeWrongType(option.Option.Name, token.Value, option.Option.ValueType),
        ArgumentResult { Tokens: [var token, ..] } argument when IsOfType(error) =>
            DescribeWrongType(argument.Parent is OptionResult of ? of.Option.Name : argument.Argument.Name,
                token.Value, argument.Argument.ValueType),
        _ => error.Message,
    };

    // The parser names a .NET type, which nobody typed.
    private static bool IsOfType(ParseError error) =>
        error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal);

    private static string DescribeWrongType(string name, string word, Type type)
    {
        if (HelpWords.Of(type) is { Count: > 0 } known)
            return $"{name} is '{word}'; one of {string.Join(", ", known)} is expected";
        type = HelpWords.Plain(type);
        var expected = type == typeof(int) || type == typeof(long) ? "a whole number" : type == typeof(double)
            ? "a number" : "true or false";
        return $"{name} is '{word}'; {expected} is expected";
    }
}
