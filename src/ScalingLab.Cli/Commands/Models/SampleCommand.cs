using System.CommandLine;
using ScalingLab.Cli.Consoles;
using ScalingLab.Cli.Hosting;
using ScalingLab.Cli.Options;
using ScalingLab.Lab.Execution;
using ScalingLab.Lab.Models;
using ScalingLab.Lab.Programs;
using ScalingLab.Runs;
using ScalingLab.Runs.Messages;
using ScalingLab.Scheduling;

namespace ScalingLab.Cli.Commands.Models;

/// <summary><c>lab sample RUN</c>: text that a finished run's model writes.</summary>
internal static class SampleCommand
{
    public static Command Create(Screen screen, LabHome home)
    {
        var run = ModelArgument.Create();
        var prompt =
            new Option<string>("--prompt")
            { Description = "How the text begins; as a document begins unless given", DefaultValueFactory = _ => "" };
        var tokens = RunOptions.PositiveInteger("--tokens", "Most tokens to draw; 200 unless given");
        var samples = RunOptions.PositiveInteger("--samples", "How many texts; 1 unless given");
        var temperature =
            RunOptions.Number("--temperature", "Divides the logits; 0 takes the likeliest token, 1 unless given", 0, 100);
        var topK = RunOptions.PositiveInteger("--top-k", "Draw from that many likeliest tokens only");
        var topP = RunOptions.Number("--top-p", "Draw from the likeliest tokens that together have this probability", 0, 1);
        var seed =
            new Option<int>("--seed") { Description = "Seeds the draws; 1 unless given", DefaultValueFactory = _ => 1 };
        var threads = RunOptions.ThreadsOption();
        var device = RunOptions.DeviceOption();
        var engine = EngineOption.Create();
        var place = LedgerOption.Create();
        var command = new Command("sample", "Text that a finished run's model writes")
        {
            run, prompt, tokens, samples, temperature, topK, topP, seed, threads, device, engine, place,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var here = home.WithEngine(parsed, engine);
            var model = ModelChoice.Find(
                home, LedgerPlace.Find(parsed.GetValue(place), home), parsed.GetRequiredValue(run),
                parsed.GetValue(threads) ?? 1, parsed.GetValue(device)!);
            if (model.Device != "cpu") await DeviceSelection.RequireAsync(here, model.Device, stop);
            return await ShowAsync(
                screen,
                WorkerPrograms.Find(here),
                new SampleRequest(
                    model,
                    parsed.GetValue(prompt)!,
                    parsed.GetValue(tokens) ?? 200,
                    parsed.GetValue(samples) ?? 1,
                    parsed.GetValue(temperature) ?? 1,
                    parsed.GetValue(topK) ?? 0,
                    parsed.GetValue(topP) ?? 1,
                    parsed.GetValue(seed)),
                stop);
        });
        return command;
    }

    /// <summary>Writes each piece as it comes.</summary>
    private static async Task<int> ShowAsync(Screen screen, WorkerCommand worker, SampleRequest question,
        CancellationToken stop)
    {
        var asked = new ModelQuestion("--sample", question.Model, [RunJson.Serialize(question)]);
        var shown = -1;
        await foreach (var line in asked.AskAsync(worker, stop))
        {
            var piece = RunJson.Deserialize<SampledText>(line);
            if (piece.Sample != shown)
            {
                if (question.Samples > 1)
                    screen.Out.WriteLine($"--- sample {piece.Sample + 1} of {question.Samples}");
                screen.Out.Write(question.Prompt);
                shown = piece.Sample;
            }

            screen.Out.Write(piece.Text);
            if (piece.Ended) screen.Out.WriteLine();
            screen.Out.Flush();
        }

        return CliHost.Success;
    }
}
