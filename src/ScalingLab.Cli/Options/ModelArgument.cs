using System.CommandLine;

namespace ScalingLab.Cli.Options;

/// <summary><c>RUN</c>: whose model a command asks.</summary>
internal static class ModelArgument
{
    public static Argument<string> Create(string name = "RUN") => new(name)
    {
        Description =
            "A completed run's id (results/SWEEP/runs.csv lists them), a sweep's name for its run with the lowest "
                + "validation loss, or the folder of a model that transformers saved",
    };
}
