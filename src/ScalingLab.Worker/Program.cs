using ScalingLab.Worker;

// One run: a work order as one JSON line on standard input, messages on standard output, logs on standard error.
// `--doctor` says in one JSON line which tensor engine was found; `--bench` times the order's training steps on random tokens.
using var protocol = Protocol.TakeOverStandardOutput();
return args switch
{
    [] => Attempt.Run(Console.In, protocol),
    ["--doctor"] => Doctor.Run(protocol),
    ["--bench"] => StepBenchmark.Run(Console.In, protocol),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: ScalingLab.Worker [--doctor | --bench], the work order on standard input");
    return 2;
}
