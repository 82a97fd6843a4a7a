using ScalingLab.Worker;

// One run: a work order as one JSON line on standard input, messages on standard output, logs on standard error.
// `--doctor` says in one JSON line which tensor engine was found.
using var protocol = Protocol.TakeOverStandardOutput();
return args is ["--doctor"] ? Doctor.Run(protocol) : Attempt.Run(Console.In, protocol);
