using ScalingLab.Cli.Benchmarks;
using ScalingLab.Lab.Planning;
using ScalingLab.Lab.Programs;
using ScalingLab.Lab.Requests;
using ScalingLab.Runs;
using ScalingLab.Runs.Devices;
using ScalingLab.Runs.Grids;
using ScalingLab.Runs.Messages;
using ScalingLab.Runs.Models;
using ScalingLab.Runs.Outcomes;
using ScalingLab.Runs.Performance;
using ScalingLab.Runs.Planning;
using ScalingLab.Store.Records;

namespace ScalingLab.Cli.Tests;

/// <summary>What a plan takes on devices that are here, and that are not.</summary>
public sealed class PlanForecastTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero); // a Monday

    private readonly FitLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void The_committed_calibration_is_what_the_committed_runs_say()
    {
        string[] files = ["ladder/finished", "small-models-recipes/finished", "default-gpu/23m", "default-gpu/55m",
            "default-gpu/110m"];
        var again = Calibrator.Calibrate([.. BenchModelCommand.Read(files.Select(file =>
            Repository.At("results", $"{file}.jsonl.gz")))]);
        var committed = Calibration.Committed;
        Assert.Equal((committed.Runs, committed.Shapes, committed.Device), (again.Runs, again.Shapes, again.Device));
        Assert.Equal(committed.Shares.Matrix, again.Shares.Matrix, 1e-9);
        Assert.Equal(committed.Shares.Parameters, again.Shares.Parameters, 1e-9);
        Assert.Equal(committed.Time.Largest, again.Time.Largest, 1e-9);
        Assert.Equal(committed.Energy.Largest, again.Energy.Largest, 1e-9);
        Assert.Equal(committed.Memory.Largest, again.Memory.Largest, 1e-9);
    }

    [Fact]
    public void Each_row_says_what_its_time_stands_on()
    {
        var (plan, _) = Plan("bf16");
        var spec = plan.Rows[0].Spec!;
        var h200 = On("h200").For(spec);
        Assert.Equal((ForecastBasis.Model, true), (h200.Basis, h200.Fits!.Value));
        Assert.True(h200.SecondsLow < h200.Seconds && h200.Seconds < h200.SecondsHigh);
        var card = On("rtx4090").For(spec);
        Assert.Equal((ForecastBasis.DataSheet, null), (card.Basis, card.SecondsHigh));
        var own = DeviceSpeeds.From([Trained(spec, "rtx4090", 2 * card.TrainingSeconds!.Value)],
            DeviceTable.Find("rtx4090")!);
        var measured = (On("rtx4090") with { Measured = own }).For(spec);
        Assert.Equal(ForecastBasis.Measured, measured.Basis);
        Assert.Equal(2 * card.TrainingSeconds.Value, measured.TrainingSeconds!.Value, 1e-6);
        var other = plan.Rows[1].Spec!;
        var corrected = (On("rtx4090") with { Measured = own }).For(other);
        Assert.Equal(ForecastBasis.CorrectedModel, corrected.Basis);
        Assert.Equal(2 * On("rtx4090").For(other).TrainingSeconds!.Value, corrected.TrainingSeconds!.Value, 1e-6);
        Assert.Equal(ForecastBasis.DataSheet, (On("l4") with { Measured = DeviceSpeeds.None }).For(other).Basis);
        Assert.Equal(0, DeviceSpeeds.From([Trained(spec, "rtx4090", 1)], DeviceTable.Find("l4")!).Runs);
        // a card that the table has not, of which attempts are known
        var speed = new MeasuredSpeed("here", "cuda", null, WorkloadKey.For(spec), spec.Flops / 50, 3, 1)
        {
            OverheadSeconds = 5,
        };
        var history = new RunForecaster(new PlanDevice(null, "cuda", 1, null), new GridWorker(), 1)
        {
            History = [speed],
        }.For(spec);
        Assert.Equal((ForecastBasis.History, null), (history.Basis, history.Fits));
        Assert.Equal((55, 50), (history.Seconds!.Value, history.TrainingSeconds!.Value));
    }

    [Fact]
    public void Nothing_is_told_of_a_processor_from_gpus_or_of_a_gpu_without_a_model()
    {
        var spec = Plan("bf16").Plan.Rows[0].Spec!;
        var processor = new RunForecaster(new PlanDevice(null, "cpu", 1, 8_000_000_000), new GridWorker(), 1);
        Assert.Null(processor.For(spec).Seconds);
        Assert.Contains("bench model --measure' has timed this processor", processor.For(spec).StandsOn,
            StringComparison.Ordinal);
        Assert.Null(On("t4").For(spec).Seconds);
        Assert.Contains("no bf16", On("t4").For(spec).StandsOn, StringComparison.Ordinal);
        Assert.Contains("fp32", On("h200").For(Plan("fp32").Plan.Rows[0].Spec!).StandsOn, StringComparison.Ordinal);
        Assert.Contains("one GPU a run", (On("h200") with { Worker = new GridWorker { Gpus = 2 } }).For(spec).StandsOn,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_processor_is_told_by_what_was_timed_on_it_and_by_the_runs_that_it_trained()
    {
        var spec = Plan("fp32").Plan.Rows[0].Spec!;
        var model = Timed();
        var by = new RunForecaster(new PlanDevice(null, "cpu", 1, null), new GridWorker(), 2)
        {
            Processors = [model], Engine = TensorEngine.Fused,
        };
        var first = by.For(spec);
        Assert.Equal((ForecastBasis.Model, model.Time), (first.Basis, first.Errors));
        Assert.Contains("measured on this processor on 2026-01-05 with 1 shape, 2 workers of 1 thread at once",
            first.StandsOn, StringComparison.Ordinal);
        Assert.Equal(1, first.Seconds!.Value - (by with { FreshShare = 0 }).For(spec).Seconds!.Value, 1e-6);
        long Peak(double runtime, double parameter) =>
            (by with { Processors = [model with { Memory = new ProcessMemory(runtime, parameter) }] }).For(spec)
                .PeakBytes;
        Assert.Equal(1e8, Peak(9e8, 2) - Peak(8e8, 2));
        Assert.Equal(3 * ParameterCount.For(spec.Shape).Total, Peak(9e8, 5) - Peak(9e8, 2));

        // An evaluation reads what is held out, of each source as much as is wanted.
        double Beside(params long[] held) => (by with { ValidationTokens = held }).For(spec) is var run
            ? run.Seconds!.Value - run.TrainingSeconds!.Value : 0;
        var (all, wanted) = (Beside(), spec.Recipe.EvaluationTokens);
        Assert.Equal(all, Beside(10 * wanted), 1e-9);
        Assert.Equal((all + Beside(0)) / 2, Beside(wanted / 2), 0.01 * all);
        Assert.Equal((2 * all) - Beside(0), Beside(wanted, wanted + 1), 0.01 * all);
        RunForecaster[] others = [by with { SlotsEach = 1 }, by with { Engine = TensorEngine.Torchsharp },
            by with { Worker = new GridWorker { Threads = 2 } }];
        foreach (var unknown in others)
        {
            Assert.Null(unknown.For(spec).Seconds);
            Assert.Contains("bench model --measure --threads", unknown.For(spec).StandsOn, StringComparison.Ordinal);
        }

        // half as fast as it was timed: another workload then takes twice as long, the same one as long as it took
        var trained = Trained(spec, "h200", 2 * first.TrainingSeconds!.Value);
        var known = by with { Measured = DeviceSpeeds.On(model, [trained with { Result = trained.Result with
        {
            Device = model.Device, Engine = "fused", MicroBatchTokens = (int)first.MicroBatchTokens,
        } }, trained]) };
        Assert.Equal((ForecastBasis.Measured, 1), (known.For(spec).Basis, known.Measured.Runs));
        Assert.Equal(2 * first.TrainingSeconds.Value, known.For(spec).TrainingSeconds!.Value, 1e-6);
        var other = spec with { Shape = spec.Shape with { Layers = 5 } };
        Assert.Equal(ForecastBasis.CorrectedModel, known.For(other).Basis);
        Assert.Equal(2 * by.For(other).TrainingSeconds!.Value, known.For(other).TrainingSeconds!.Value, 1e-6);
        var wide = spec with { Shape = spec.Shape with { Width = 448, Heads = 7 } };
        Assert.Contains("outside the widths of its runs (384 to 384)", by.For(wide).StandsOn, StringComparison.Ordinal);
        Assert.Null(by.For(wide).Errors);
    }

    [Fact]
    public void What_was_timed_on_a_processor_is_kept_for_its_machine_engine_format_and_load()
    {
        var home = new LabHome(_lab.Folder, Path.Combine(_lab.Folder, "state"));
        var (old, elsewhere) = (Timed(), Timed() with { Machine = "another" });
        ProcessorModels.Keep(home, [old, elsewhere, old with { Load = new ProcessorLoad(2, 1) }]);
        ProcessorModels.Keep(home, [old with { Device = "anew" }]);
        var kept = ProcessorModels.Read(home);
        Assert.Equal(2, kept.Count);
        Assert.Equal("anew", ProcessorModels.Find(kept, null, Precision.Fp32, old.Load)!.Device);
        Assert.Null(ProcessorModels.Find(kept, null, Precision.Bf16, old.Load));
        File.WriteAllText(home.ProcessorFile, "[{");
        Assert.Empty(ProcessorModels.Read(home));
    }

    [Fact]
    public void A_run_that_does_not_fit_is_told_the_micro_batch_that_does()
    {
        var spec = Plan("bf16").Plan.Rows[^1].Spec!;
        spec = spec with { Recipe = spec.Recipe with { BatchSequences = 128 } };
        var whole = new GridWorker { MicroBatchTokens = 1 << 20, MemoryBytes = 6_000_000_000 };
        var run = (On("h200") with { Worker = whole }).For(spec);
        Assert.Equal((false, true), (run.Fits!.Value, run.PeakBytes > 6_000_000_000));
        var less = (On("h200") with { Worker = whole with { AutoMicroBatch = true } }).For(spec);
        Assert.Equal((true, run.LargestMicroBatchTokens), (less.Fits!.Value, less.MicroBatchTokens));
        var none = (On("h200") with { Worker = whole with { MemoryBytes = 1_000_000 } }).For(spec);
        Assert.Equal((false, 0L), (none.Fits!.Value, none.LargestMicroBatchTokens));
    }

    [Fact]
    public void A_sweep_adds_up_and_ends_within_its_window()
    {
        var (plan, sweep) = Plan("bf16");
        var forecaster = On("h200") with
        {
            Price = new ComputePrice("a price", "EUR") { PerDeviceHour = 3600 },
            Worker = new GridWorker { AutoMicroBatch = true, GridIntensity = new GridIntensity("a grid", 100) },
        };
        var forecast = PlanForecast.Create(plan, sweep, forecaster, TimeBasis.None, new PlanStart(Now, 2));
        var each = plan.Rows.Zip(forecast.Rows).Sum(one => one.First.Seeds.Count * one.Second.Seconds!.Value);
        Assert.Equal(each, forecast.Estimate.DeviceTime!.Value.TotalSeconds, 1e-3 * each);
        Assert.Equal(each, forecast.Money!.Value, 1e-3 * each); // a euro a second
        Assert.InRange(forecast.Estimate.Wall!.Value.TotalSeconds, 0.499 * each, 0.7 * each);
        Assert.Equal(forecast.EnergyJoules!.Value / 3.6e6 * 100, forecast.Co2eGrams!.Value, 1e-6);
        Assert.Equal(Now + forecast.Estimate.Wall, forecast.Ends);
        Assert.Equal(Calibration.Committed.Time.High, forecast.Errors!.High, 1e-9);
        Assert.Equal(Now + (forecast.Estimate.Wall * forecast.Errors.High), forecast.EndsLate);
        var half = new PlanStart(Now, 2, "12:00-12:30 UTC").EndOf(TimeSpan.FromMinutes(75));
        Assert.Equal(new DateTimeOffset(2026, 1, 7, 12, 15, 0, TimeSpan.Zero), half);
        var done = PlanForecast.Create(plan, sweep, forecaster,
            new TimeBasis(sweep.Cells.Skip(1).Select(cell => cell.Spec.Id).ToHashSet(), []), new PlanStart(Now, 2));
        Assert.Equal(done.Rows[0].Seconds!.Value, done.Estimate.DeviceTime!.Value.TotalSeconds, 0.01);
        Assert.Equal(done.Rows[0].EnergyJoules!.Value, done.EnergyJoules!.Value, 1e-3 * done.EnergyJoules.Value);
    }

    [Fact]
    public void Where_no_time_is_told_the_reason_is_the_true_one()
    {
        string Why(string precision, PlanDevice device, double tokens = 2e7)
        {
            var (plan, sweep) = Plan(precision, tokens);
            var by = On("rtx4090") with { Device = device };
            var estimate = PlanForecast.Create(plan, sweep, by, TimeBasis.None, new PlanStart(Now, 1)).Estimate;
            Assert.Null(estimate.Wall);
            return estimate.WhyUnknown;
        }

        var card = On("rtx4090").Device;
        Assert.Equal("of 3 of 3 rows the time of a run is not known: the model of times is of bf16, and this is "
            + "fp32 (with recipe.precision=bf16 it is told)", Why("fp32", card));
        Assert.Equal("it does not end within 60 days", Why("bf16", card, tokens: 2e13));
        Assert.StartsWith("of 3 of 3 rows the time of a run is not known until '",
            Why("fp32", new PlanDevice(null, "cpu", 1, null)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rtx4090:2", "rtx4090", 2)]
    [InlineData("NVIDIA H200", "h200", 1)]
    public void Devices_are_named_with_their_number(string word, string key, int count)
    {
        var device = PlanDevice.Parse(word, [new NodeDevice("cpu", 2)]);
        Assert.Equal((key, count, "cuda"), (device.Sheet!.Key, device.Count, device.Class));
    }

    [Fact]
    public void A_device_that_no_table_has_is_refused_with_every_problem()
    {
        var refused = Assert.Throws<InputException>(() => PlanDevice.Parse("rtx409:0", [new NodeDevice("cpu", 2)]));
        Assert.Equal(2, refused.Problems.Count);
        Assert.Contains("did you mean 'rtx4090'", refused.Problems[0].Text, StringComparison.Ordinal);
    }

    private static ProcessorModel Timed() => new("a processor (1 thread)", TensorEngine.Fused, "libtorch",
        Precision.Fp32, new ProcessorLoad(1, 2), Now, new ProcessorRates(6e10, 1e10),
        new StepShares(1.5, 5, 1, 1, 1, 50, 50, 1), new StepShares(0.5, 2, 0.3, 0.3, 0, 20, 20, 0.3),
        new BesideSteps(1, 0.1, 1e-8, 0.05, 1e-8), new ErrorRange(0.9, 1.1, 0.04, 0.12),
        [new TimedShape(6, 384, 6, 32_768, 1024, 16_384, 10, 1.01)]);

    private static RunForecaster On(string key)
    {
        var sheet = DeviceTable.Find(key)!;
        return new RunForecaster(new PlanDevice(sheet, "cuda", 1, sheet.MemoryBytes),
            new GridWorker { AutoMicroBatch = true }, 1);
    }

    private static MeasuredRun Trained(RunSpec spec, string key, double seconds) => new(spec, new RunResult
    {
        LossValidation = 3, EvaluationTokens = 1, Epochs = 1, WallSeconds = seconds,
        TokensPerSecond = spec.Tokens / seconds,
        Device = DeviceTable.Find(key)!.Name, Threads = 1, MicroBatchTokens = (int)spec.BatchTokens,
    }, null);

    private (Plan Plan, Sweep Sweep) Plan(string precision, double tokens = 2e7)
    {
        var file = _lab.Write("grid.json", $$"""
            { "name": "one", "models": ["23m", "42m", "110m"], "lengths": [{ "tokens": {{tokens}} }], "seeds": [1, 2],
              "recipe": { "precision": "{{precision}}" } }
            """);
        var data = new DataIdentity("c", new string('0', 64), new string('1', 64), 0.05);
        var sweep = GridExpansion.Expand(new GridRequest(file, AnyPath: false, []).Read(), data, 32_768);
        return (Runs.Planning.Plan.Create(sweep, 1_000_000_000), sweep);
    }
}
