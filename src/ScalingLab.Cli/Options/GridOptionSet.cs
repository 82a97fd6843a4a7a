using System.CommandLine;
using ScalingLab.Lab.Requests;

namespace ScalingLab.Cli.Options;

/// <summary>What a person says of a grid, the same for every command that takes one.</summary>
internal sealed class GridOptionSet
{
    private readonly Argument<string> _file = new("GRID") { Description = "The grid's JSON file" };

    private readonly Option<bool> _anyPath = AllowPathsOption();

    private readonly Argument<string[]> _words = OverridesArgument();

    public static Option<bool> AllowPathsOption() =>
        new("--allow-paths") { Description = "Let the grid name text outside its own folder" };

    public static Argument<string[]> OverridesArgument() => new("FIELD=VALUE")
    {
        Description =
            "Values in place of the grid's: seeds=1,2 recipe.positions=learned models=23m,31m lengths.flops=1e16; null "
                + "leaves a field out",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };

    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_words);
        command.Add(_anyPath);
    }

    public GridRequest Bind(ParseResult parsed) =>
        new(parsed.GetRequiredValue(_file), parsed.GetValue(_anyPath), parsed.GetValue(_words) ?? []);
}
