using System.CommandLine;
using ScalingLab.Runs;

namespace ScalingLab.Cli.Commands.Maintenance;

/// <summary>
/// <c>lab test [FILTER]</c>: the <c>lab</c> script builds and runs the tests by itself, before this program is there.
/// It stands here for the list of commands and for its help.
/// </summary>
internal static class TestCommand
{
    public static Command Create()
    {
        var filter = new Argument<string?>("FILTER")
        {
            Description =
                "Only tests whose full name holds this, or a filter of 'dotnet test' such as Name=X; all unless given",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "test", "Build everything and run every test that this machine can run; what is missing for them is "
                + "installed where the user is root")
        {
            filter,
        };
        command.SetAction(int (_) =>
            throw new InputException("test", "is the work of the repository's script: ./lab test"));
        return command;
    }
}
