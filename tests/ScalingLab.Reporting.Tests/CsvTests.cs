using ScalingLab.Reporting.Formats;
using ScalingLab.Reporting.Tables;
using ScalingLab.Runs;
using ScalingLab.Runs.Outcomes;

namespace ScalingLab.Reporting.Tests;

public sealed class CsvTests
{
    private const string Header =
        "run_id,sweep,state,model,layers,width,heads,vocabulary,context,parameters_total,parameters_non_embedding,parameters_with_head," +
        "tokens,epochs,flops,flops_6nd,budget_flops,loss_validation,bits_per_byte,perplexity,seed,learning_rate,batch_tokens,precision," +
        "attempts,wall_seconds,tokens_per_second,mfu," +
        "peak_memory_bytes,predicted_peak_bytes,micro_batch_tokens,recompute,device,energy_joules,co2e_grams,failure_kind," +
        "flops_per_second,peak_flops_per_second,data_wait_share,device_utilisation,power_watts_mean,energy_source,grid_intensity,loss_spikes," +
        "first_spike_step,tokens_from_trunk,loss_unigram,flags,predicted_seconds,engine,gpus," +
        "entropy_rate,entropy_rate_lower,entropy_rate_upper,loss_ideal";

    [Fact]
    public async Task Runs_come_back_from_the_file_as_they_were_to_the_last_bit()
    {
        using var folder = new TemporaryFolder();
        var rows = Sweeps.Quickstart().Runs.Select(r => RunRow.From("quickstart", r)).ToList();
        await RunsCsv.WriteAsync(folder["runs.csv"], rows);
        var read = RunsCsv.Read(folder["runs.csv"]);
        Assert.Equal(rows.Select(r => r with { Varies = [] }), read.Select(r => r with { Varies = [] }));
        Assert.Equal(38, read.Count);
    }

    [Fact]
    public async Task The_header_is_the_documented_one()
    {
        using var folder = new TemporaryFolder();
        await RunsCsv.WriteAsync(folder["runs.csv"], [RunRow.From("s", Sweeps.Quickstart().Runs[0])]);
        Assert.Equal(Header, File.ReadLines(folder["runs.csv"]).First());
        await CurvesCsv.WriteAsync(folder["curves.csv"], []);
        Assert.Equal("run_id,model,step,tokens,flops,loss_train,loss_validation,learning_rate,gradient_norm," +
            "tokens_per_second,flops_per_second,mfu,data_wait_share,device_utilisation,power_watts,energy_joules,peak_memory_bytes\n",
            File.ReadAllText(folder["curves.csv"]));
    }

    [Fact]
    public async Task Recipe_fields_that_vary_are_columns_of_their_own_before_attempts()
    {
        using var folder = new TemporaryFolder();
        var cell =
            Sweeps.Cell(24, 1e11, 1, new RecipeChoice("warmupFraction", "0.1"), new RecipeChoice("precision", "fp32"));
        await RunsCsv.WriteAsync(folder["runs.csv"], [RunRow.From("s", Sweeps.Completed(cell, 3.7))]);
        Assert.Equal(
            Header.Replace("attempts", "warmup_fraction,recipe_precision,attempts", StringComparison.Ordinal),
                File.ReadLines(folder["runs.csv"]).First());
        var row = Assert.Single(RunsCsv.Read(folder["runs.csv"]));
        Assert.Equal([new RecipeChoice("warmup_fraction", "0.1"), new RecipeChoice("precision", "fp32")], row.Varies);
        Assert.Equal("warmup_fraction=0.1, precision=fp32", row.Variant);
    }

    [Fact]
    public async Task What_was_not_measured_is_empty_and_stays_missing()
    {
        using var folder = new TemporaryFolder();
        var run =
            Sweeps.Ended(Sweeps.Completed(Sweeps.Cell(24, null, 1), 3.7), RunState.Quarantined,
                FailureKind.OutOfMemory);
        await RunsCsv.WriteAsync(folder["runs.csv"], [RunRow.From("s", run)]);
        var (names, fields) =
            (File.ReadLines(folder["runs.csv"]).First().Split(','),
                File.ReadLines(folder["runs.csv"]).Last().Split(','));
        var empty = names.Zip(fields).Where(f => f.Second.Length == 0).Select(f => f.First);
        Assert.Equal(
            ["epochs", "budget_flops", "loss_validation", "bits_per_byte", "perplexity", "wall_seconds",
                "tokens_per_second", "mfu",
             "peak_memory_bytes", "predicted_peak_bytes", "micro_batch_tokens", "recompute", "device", "energy_joules",
                 "co2e_grams",
              "flops_per_second", "peak_flops_per_second", "data_wait_share",
             "device_utilisation", "power_watts_mean", "energy_source", "grid_intensity", "loss_spikes",
                 "first_spike_step",
             "tokens_from_trunk", "loss_unigram", "flags", "predicted_seconds", "engine", "gpus", "entropy_rate",
                 "entropy_rate_lower", "entropy_rate_upper", "loss_ideal"], empty);
        Assert.DoesNotContain("0", fields);
        var row = Assert.Single(RunsCsv.Read(folder["runs.csv"]));
        Assert.Null(row.LossValidation);
        Assert.Null(row.PeakMemoryBytes);
        Assert.Equal((RunState.Quarantined, FailureKind.OutOfMemory), (row.State, row.FailureKind));
    }

    [Fact]
    public void Energy_becomes_carbon_only_where_an_intensity_is_stated()
    {
        var run = Sweeps.Completed(Sweeps.Cell(24, 1e11, 1), 3.7);
        run = run with { Result = run.Result! with { EnergyJoules = 7.2e6 } };
        Assert.Equal(800, RunRow.From("s", run, carbonGramsPerKilowattHour: 400).Co2eGrams);
        Assert.Null(RunRow.From("s", run).Co2eGrams);
    }

    [Fact]
    public async Task A_runs_own_intensity_is_named_and_goes_before_the_reports()
    {
        using var folder = new TemporaryFolder();
        var run = Sweeps.Completed(Sweeps.Cell(24, 1e11, 1), 3.7);
        run = run with
        {
            Result = run.Result! with
            {
                EnergyJoules = 7.2e6, EnergySource = EnergySource.NvmlCounter, PowerWattsMean = 640.5,
                    GridIntensity = new GridIntensity("Kenya 2023", 96),
                Mfu = 0.41, PeakFlopsPerSecond = 989.4e12, DataWaitShare = 0.004, DeviceUtilisation = 0.97,
                    LossSpikes = 2, FirstSpikeStep = 301,
            },
        };
        run = run with { Result = run.Result! with { LossUnigram = 5.875, Engine = "fused", Gpus = 2,
            Entropy = new KnownEntropy(3.25, 3.125, 3.375) { LossIdeal = 3.26 } } };
        var row =
            RunRow.From("s", run, carbonGramsPerKilowattHour: 400) with
            { Flags = RunDefects.Undertrained | RunDefects.Unstable };
        Assert.Equal(192, row.Co2eGrams!.Value, 1e-9);
        await RunsCsv.WriteAsync(folder["runs.csv"], [row]);
        Assert.Equal(row with { Varies = [] }, Assert.Single(RunsCsv.Read(folder["runs.csv"])) with { Varies = [] });
        Assert.EndsWith(
            ",0.004,0.97,640.5,nvml-counter,Kenya 2023,2,301,,5.875,undertrained;unstable,,fused,2,3.25,3.125,3.375,3.26",
            File.ReadLines(folder["runs.csv"]).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Telemetry_of_a_curve_comes_back_and_a_file_from_before_it_has_none()
    {
        using var folder = new TemporaryFolder();
        var rows = CurveRow.From(Sweeps.Quickstart().Runs[3]).Take(3).ToList();
        rows[1] =
            rows[1] with
            { Telemetry =
                new IntervalTelemetry { TokensPerSecond = 1.5e5, PowerWatts = 61.25, PeakMemoryBytes = 1L << 33 } };
        await CurvesCsv.WriteAsync(folder["curves.csv"], rows);
        Assert.Equal(rows, CurvesCsv.Read(folder["curves.csv"]));
        var lines = File.ReadAllLines(folder["curves.csv"]).Select(l => string.Join(',', l.Split(',').Take(9)));
        File.WriteAllLines(folder["curves.csv"], lines);
        Assert.Equal(rows.Select(r => r with { Telemetry = null }), CurvesCsv.Read(folder["curves.csv"]));

        await RunsCsv.WriteAsync(folder["runs.csv"], [RunRow.From("s", Sweeps.Quickstart().Runs[0])]);
        var columns = RunsCsv.Columns.ToList().IndexOf("failure_kind") + 1;
        File.WriteAllLines(folder["runs.csv"],
            [.. File.ReadAllLines(folder["runs.csv"]).Select(l => string.Join(',', l.Split(',').Take(columns)))]);
        var old = Assert.Single(RunsCsv.Read(folder["runs.csv"]));
        Assert.Null(old.LossSpikes);
        Assert.Equal((null, RunDefects.None), (old.LossUnigram, old.Flags));
        Assert.Null(old.Entropy);
        Assert.Empty(old.Varies);
    }

    [Fact]
    public async Task Curves_come_back_and_a_point_without_validation_has_none()
    {
        using var folder = new TemporaryFolder();
        var rows = CurveRow.From(Sweeps.Quickstart().Runs[3]).ToList();
        await CurvesCsv.WriteAsync(folder["curves.csv"], rows);
        Assert.Equal(rows, CurvesCsv.Read(folder["curves.csv"]));
        Assert.Equal(5, rows.Count(r => r.LossValidation is not null));
        Assert.All(rows, r => Assert.NotNull(r.LossTrain));
    }

    [Fact]
    public async Task Commas_quotes_and_line_ends_in_a_name_survive()
    {
        using var folder = new TemporaryFolder();
        var row = RunRow.From("a \"quoted\", name\nover two lines", Sweeps.Quickstart().Runs[0]);
        await RunsCsv.WriteAsync(folder["runs.csv"], [row]);
        Assert.Equal(row.Sweep, Assert.Single(RunsCsv.Read(folder["runs.csv"])).Sweep);
    }

    [Theory]
    [InlineData("=cmd|' /C calc'!A0", true)]
    [InlineData("+1+cmd", true)]
    [InlineData("-2+3", true)]
    [InlineData("@SUM(1)", true)]
    [InlineData("\t=1", true)]
    [InlineData("\r=1", true)]
    [InlineData("\n=1", true)]
    [InlineData("\uFF1D1", true)]
    [InlineData("-Infinity", true)]
    [InlineData("'=1", true)]
    [InlineData("''@a", true)]
    [InlineData("'-1.5", true)]
    [InlineData("-1.5", false)]
    [InlineData("+2e-3", false)]
    [InlineData("'quoted'", false)]
    [InlineData("a=b", false)]
    [InlineData("micro-28k", false)]
    public async Task Text_that_a_spreadsheet_would_run_is_written_as_text_and_comes_back_as_it_was(string text,
        bool marked)
    {
        using var folder = new TemporaryFolder();
        var row =
            RunRow.From(text, Sweeps.Quickstart().Runs[0]) with
            { Model = text, Device = text, Varies = [new RecipeChoice(text, text)] };
        await RunsCsv.WriteAsync(folder["runs.csv"], [row]);
        var written = File.ReadAllText(folder["runs.csv"]);
        Assert.Equal(marked ? 5 : 0, written.Split($"'{text}").Length - 1);
        var read = Assert.Single(RunsCsv.Read(folder["runs.csv"]));
        Assert.Equal((text, text, text), (read.Sweep, read.Model, read.Device));
        Assert.Equal(new RecipeChoice(text, text), Assert.Single(read.Varies));

        await CurvesCsv.WriteAsync(folder["curves.csv"],
            [CurveRow.From(Sweeps.Quickstart().Runs[3]).First() with { Model = text }]);
        Assert.Equal(text, Assert.Single(CurvesCsv.Read(folder["curves.csv"])).Model);
    }

    [Fact]
    public void A_formula_in_a_file_made_by_hand_is_marked_when_it_is_written_again()
    {
        Assert.Equal("=1+1", CsvText.Read("=1+1"));
        Assert.Equal("'=1+1", CsvText.Written(CsvText.Read("=1+1")));
        Assert.Equal("'=1+1", CsvText.Written(CsvText.Read("'=1+1")));
    }

    [Fact]
    public async Task Every_problem_of_a_damaged_file_is_listed_with_line_and_column()
    {
        using var folder = new TemporaryFolder();
        await RunsCsv.WriteAsync(folder["runs.csv"],
            [.. Sweeps.Quickstart().Runs.Take(2).Select(r => RunRow.From("quickstart", r))]);
        var lines = File.ReadAllLines(folder["runs.csv"]);
        lines[1] = lines[1].Replace("completed", "finished", StringComparison.Ordinal);
        lines[2] = lines[2].Replace("3.744", "three", StringComparison.Ordinal)
            .Replace("fp32", "", StringComparison.Ordinal);
        File.WriteAllLines(folder["runs.csv"], lines);
        var problems = Assert.Throws<InputException>(() => RunsCsv.Read(folder["runs.csv"])).Problems;
        Assert.Equal(
            [$"{folder["runs.csv"]} line 2, state", $"{folder["runs.csv"]} line 3, loss_validation",
                $"{folder["runs.csv"]} line 3, precision"],
            problems.Select(p => p.Place));
        Assert.Contains("pending, running, completed", problems[0].Text, StringComparison.Ordinal);

        File.WriteAllLines(folder["runs.csv"],
            [lines[0], lines[1].Replace("finished", "completed", StringComparison.Ordinal)[..^7] + "bad,,,,,,,"]);
        var problem = Assert.Single(Assert.Throws<InputException>(() => RunsCsv.Read(folder["runs.csv"])).Problems);
        Assert.Equal($"{folder["runs.csv"]} line 2, flags: 'bad' is not made of undertrained, unstable and overfitted, "
            + "with ; between", problem.ToString());
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("run_id,state\na,completed\n", "have as a result of lab ('sweep', ...): it is another program's, or "
        + "not whole; 'lab fit ")]
    [InlineData("run_id,\"state\na,completed\n", "")]
    public void A_file_that_is_no_table_of_runs_is_refused_once(string text, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["runs.csv"], text);
        var problem = Assert.Single(Assert.Throws<InputException>(() => RunsCsv.Read(folder["runs.csv"])).Problems);
        Assert.StartsWith(folder["runs.csv"], problem.Place, StringComparison.Ordinal);
        Assert.Contains(said, problem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_exported_runs_is_told_how_they_become_results()
    {
        using var folder = new TemporaryFolder();
        var absent = Assert.Single(Assert.Throws<InputException>(() => RunsCsv.Read(folder["runs.csv"])).Problems);
        Assert.Equal($"{folder["runs.csv"]}: is not there; 'lab run GRID' makes it", absent.ToString());
        File.WriteAllText(folder["23m.jsonl.gz"], "");
        var exported = Assert.Single(Assert.Throws<InputException>(() => RunsCsv.Read(folder["runs.csv"])).Problems);
        Assert.StartsWith($"{absent}. The folder has finished runs", exported.ToString(), StringComparison.Ordinal);
        Assert.Contains($"'lab import {folder["23m.jsonl.gz"]}' takes them", exported.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_is_too_short_is_a_problem_and_not_a_crash()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["curves.csv"], string.Join(',', CurvesCsv.Columns) + "\nabc,micro-28k,1\n");
        Assert.NotEmpty(Assert.Throws<InputException>(() => CurvesCsv.Read(folder["curves.csv"])).Problems);
    }
}
