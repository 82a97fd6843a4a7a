using ScalingLab.Worker;
using ScalingLab.Worker.Attempts;
using ScalingLab.Worker.Diagnostics;

// One run: a work order as one JSON line on standard input, messages on standard output, logs on standard error.
// `--rank` is what the worker starts itself for a run on several GPUs;
// `--doctor` says in one JSON line which tensor engine was found; `--bench` times the order's training steps on random
// tokens, `--peak` without a warm-up, for the memory that they take;
// `--parts` times what runs are made of, for each of many orders;
// `--profile` says, on a GPU, by kernel too; `--check-kernels` compares the GPU's kernels with float64
// and, without `blocks`, short runs through them with runs without; `--coordinates` says how far a
// model's numbers move in the order's steps; `--evaluate`, `--sample` and `--logits` ask a finished run's model or an
// imported one, and so do, with a line for each of many questions, `--likelihoods`, `--continuations` and
// `--hidden-states`; `--fine-tune` trains it on to tell topics; `--export` writes it for other programs.
using var protocol = MessageChannel.TakeOverStandardOutput();
return args switch
{
    [] => Attempt.Run(Console.In, protocol),
    ["--rank"] => RankProcess.Run(Console.In, protocol),
    ["--doctor"] => Doctor.Run(protocol),
    ["--bench"] => StepBenchmark.Run(Console.In, protocol),
    ["--peak"] => StepBenchmark.Run(Console.In, protocol, warmUp: 0),
    ["--parts"] => PartsBenchmark.Run(Console.In, protocol),
    ["--profile"] => StepBenchmark.Run(Console.In, protocol, profile: true),
    ["--check-kernels"] => KernelReport.Run(protocol),
    ["--check-kernels", "blocks"] => KernelReport.Run(protocol, curves: false),
    ["--coordinates"] => CoordinateCheck.Run(Console.In, protocol),
    ["--evaluate"] => ModelQueries.Evaluate(Console.In, protocol),
    ["--sample"] => ModelQueries.Sample(Console.In, protocol),
    ["--export"] => ModelExchange.Export(Console.In, protocol),
    ["--logits"] => ModelExchange.Logits(Console.In, protocol),
    ["--likelihoods"] => BatchedQueries.Likelihoods(Console.In, protocol),
    ["--continuations"] => BatchedQueries.Continuations(Console.In, protocol),
    ["--hidden-states"] => BatchedQueries.HiddenStates(Console.In, protocol),
    ["--fine-tune"] => BatchedQueries.FineTune(Console.In, protocol),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        "usage: ScalingLab.Worker [--doctor | --bench | --peak | --parts | --profile | --check-kernels [blocks] | --coordinates "
            + "| --evaluate | --sample | --likelihoods | --continuations | --hidden-states | --fine-tune | --export | --logits], "
        + "the work order or question on standard input");
    return 2;
}
