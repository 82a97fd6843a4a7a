using ScalingLab.Runs.Performance;
using ScalingLab.Store.Records;

namespace ScalingLab.Lab.Planning;

/// <summary>What a ledger's finished runs cost.</summary>
public static class FinishedRunCost
{
    /// <summary>The run, with the time that it held its device where one attempt was enough.</summary>
    public static MeasuredRun ToMeasured(FinishedRun run) => new(run.Spec, run.Result,
        run.Attempts == 1 ? (run.By.Ended - run.By.Began).TotalSeconds : null);
}
