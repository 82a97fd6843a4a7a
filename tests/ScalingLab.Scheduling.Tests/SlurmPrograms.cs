using System.Globalization;
using ScalingLab.Runs;
using ScalingLab.Scheduling.Slurm;

namespace ScalingLab.Scheduling.Tests;

/// <summary>
/// What Slurm 22.05 was heard to say, and what it is told: by programs of its names that write down what they get.
/// </summary>
public sealed class SlurmPrograms : IDisposable
{
    // squeue --noheader --array --states=all --user=root --format=...: an array of four whose task 2 was cancelled
    // while it waited (it is gone at once), a held job in a folder with an unusual name, one that waits, one that was
    // cancelled.
    private const string Heard =
        """
        6|N/A|CANCELLED|Priority|gone|/tmp
        3_3|3|PENDING|Resources|lab-0123456789abcdef-1+3|/tmp/jobs
        5|N/A|PENDING|Priority|fails|/tmp
        4|N/A|PENDING|JobHeldUser|held|/tmp/jobs/a|b c
        3_0|0|RUNNING|None|lab-0123456789abcdef-1+3|/tmp/jobs
        3_1|1|RUNNING|None|lab-0123456789abcdef-1+3|/tmp/jobs

        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Jobs_are_read_as_squeue_prints_them()
    {
        var jobs = SlurmJob.Parse(Heard);
        Assert.Equal(6, jobs.Count);
        Assert.Equal(("3_3", 3, SlurmPhase.Waiting, "lab-0123456789abcdef-1+3_3"),
            (jobs[1].Id, jobs[1].Task, jobs[1].Phase, jobs[1].Key));
        Assert.Equal(("held", "/tmp/jobs/a|b c", true), (jobs[3].Key, jobs[3].Folder, jobs[3].IsStuck));
        Assert.Equal((SlurmPhase.Ended, false, false), (jobs[0].Phase, jobs[0].EndedBadly, jobs[0].IsStuck));
        Assert.Equal((SlurmPhase.Running, false), (jobs[4].Phase, jobs[4].IsStuck));
        Assert.Empty(SlurmJob.Parse("\n"));
    }

    [Theory]
    [InlineData("slurm_load_jobs error: Unable to contact slurm controller (connect failure)")]
    [InlineData("3|x|RUNNING|None|name|/folder")]
    [InlineData("|N/A|RUNNING|None|name|/folder")]
    public void What_is_no_job_is_an_error_never_an_empty_queue(string line) =>
        Assert.Throws<SlurmException>(() => SlurmJob.Parse(line));

    [Fact]
    public async Task A_single_run_and_an_array_are_handed_over_by_arguments_of_which_none_can_be_taken_for_another()
    {
        Fake("sbatch", "printf '%s\\n' \"$@\" >\"$(dirname \"$0\")/heard\"; echo '17;two-nodes'");
        var folder = new SlurmFolder(_folder["state; rm -rf"], new Dictionary<string, string>());
        var request =
            new SlurmRequest
            { Partition = "-p x", Memory = "4G", Time = "1:00:00", ExtraArguments = ["--nice=100"] }.Arguments("cuda",
                cpus: 2);
        var slurm = new SlurmProgram(_folder.Path);

        var single = new SlurmBatch("lab-a-1", [new RunId("a")], request, folder, ["dotnet", "/opt/lab.dll"]);
        Assert.Equal("17", await slurm.SubmitAsync(single, default));
        var heard = File.ReadAllLines(_folder["heard"]);
        Assert.DoesNotContain(heard, h => h.StartsWith("--array", StringComparison.Ordinal));
        Assert.Equal(
            ["--cpus-per-task=2", "--partition=-p x", "--time=1:00:00", "--mem=4G", "--gres=gpu:1", "--nice=100",
                folder.Script, folder.ListOf("lab-a-1"), folder.EnvironmentFile, "dotnet", "/opt/lab.dll"],
            heard[^11..]);
        Assert.Contains("--job-name=lab-a-1", heard);
        Assert.Contains("--export=NONE", heard);
        Assert.Contains("--requeue", heard);
        Assert.Equal([(new RunId("a"), "lab-a-1")], single.Keys);

        var array = new SlurmBatch("lab-a-1+1", [new RunId("a"), new RunId("b")], request, folder, ["lab"]);
        await slurm.SubmitAsync(array, default);
        Assert.Contains("--array=0-1", File.ReadAllLines(_folder["heard"]));
        Assert.Equal([(new RunId("a"), "lab-a-1+1_0"), (new RunId("b"), "lab-a-1+1_1")], array.Keys);
    }

    [Fact]
    public async Task A_program_that_fails_or_is_not_there_says_so_in_its_own_words()
    {
        Fake("sbatch",
            "echo 'sbatch: error: Batch job submission failed: Invalid partition name specified' >&2; exit 1");
        var folder = new SlurmFolder(_folder.Path, new Dictionary<string, string>());
        var batch = new SlurmBatch("lab-a-1", [new RunId("a")], [], folder, ["lab"]);
        var refused =
            await Assert.ThrowsAsync<SlurmException>(() => new SlurmProgram(_folder.Path).SubmitAsync(batch, default));
        Assert.Contains("Invalid partition name specified", refused.Message, StringComparison.Ordinal);
        var absent = await Assert.ThrowsAsync<SlurmException>(() => new SlurmProgram(_folder.Path).JobsAsync(default));
        Assert.Contains("squeue cannot be started", absent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_secret_and_nothing_of_a_job_around_it_reaches_slurm()
    {
        Fake("squeue", "env >\"$(dirname \"$0\")/heard\"");
        var surroundings = new Dictionary<string, string>
        {
            ["PGPASSWORD"] = "s3cret", ["SCALINGLAB_LEDGER"] = "postgres://u:s3cret@h/d",
                ["SLURM_ARRAY_TASK_ID"] = "7", ["SQUEUE_STATES"] = "FAILED",
        };
        foreach (var (name, value) in surroundings) Environment.SetEnvironmentVariable(name, value);
        try
        {
            Assert.Empty(await new SlurmProgram(_folder.Path).JobsAsync(default));
        }
        finally
        {
            foreach (var name in surroundings.Keys) Environment.SetEnvironmentVariable(name, null);
        }
        var heard = File.ReadAllText(_folder["heard"]);
        Assert.Contains("PATH=", heard, StringComparison.Ordinal);
        Assert.All(surroundings, s => Assert.DoesNotContain(s.Key, heard, StringComparison.Ordinal));
    }

    [Fact]
    public void The_jobs_environment_is_read_by_nobody_else_and_comes_back_as_it_was_written()
    {
        var environment =
            new Dictionary<string, string> { ["SCALINGLAB_LEDGER"] = "postgres://u:'\"$(x)\n@h/d", ["PATH"] = "/bin" };
        var folder = new SlurmFolder(_folder.Path, environment);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.EnvironmentFile));
        Assert.Equal(environment, SlurmFolder.ReadEnvironment(folder.EnvironmentFile));
        Assert.Throws<InputException>(() => SlurmFolder.ReadEnvironment(_folder["none"]));
    }

    [Fact]
    public void A_name_is_used_once_and_a_job_is_known_by_its_list_and_its_folder_only()
    {
        var folder = new SlurmFolder(_folder.Path, new Dictionary<string, string>());
        RunId[] runs = [new("a"), new("b")];
        Assert.Equal(["lab-a-1", "lab-a-1.2", "lab-a-1+1"],
            new[] { folder.Enlist([runs[0]], 1), folder.Enlist([runs[0]], 1), folder.Enlist(runs, 1) });
        Assert.Equal(
            ["a", "b"],
            folder.Tasks([
                Job("lab-a-1.2", null, folder.Place), Job("lab-a-1+1", 1, folder.Place),
                    Job("lab-a-1+1", 2, folder.Place), Job("lab-a-1", null, "/elsewhere"),
                Job("a person's own", null, folder.Place), Job("../slurm/lab-a-1", null, folder.Place)])
                    .Select(t => t.Run.Value));

        static SlurmJob Job(string name, int? task, string place) => new("1", task, "RUNNING", "None", name, place);
    }

    [Fact]
    public void The_script_gives_each_task_of_an_array_its_own_run_and_no_value_is_read_as_code()
    {
        var folder = new SlurmFolder(_folder["a $(touch b) 'c"], new Dictionary<string, string>());
        var name = folder.Enlist([new RunId("aa"), new RunId("bb")], 1);
        foreach (var task in new int?[] { null, 0, 1 })
        {
            var start = new System.Diagnostics.ProcessStartInfo(
                "bash", [folder.Script, folder.ListOf(name), folder.EnvironmentFile, "printf", "%s|", "x y", "attempt"])
                { WorkingDirectory = _folder.Path };
            start.Environment.Remove("SLURM_ARRAY_TASK_ID");
            if (task is { } t) start.Environment["SLURM_ARRAY_TASK_ID"] = t.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(
                $"x y|attempt|{(task == 1 ? "bb" : "aa")}|--environment|{folder.EnvironmentFile}|",
                Programs.Run(start));
        }
        Assert.False(File.Exists(_folder["b"]));
    }

    public void Dispose() => _folder.Dispose();

    private void Fake(string program, string does)
    {
        var file = _folder[program];
        File.WriteAllText(file, $"#!/bin/bash\n{does}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
