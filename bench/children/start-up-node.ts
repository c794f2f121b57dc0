// Node's own start: a module that does nothing; prints the clock.

console.log(JSON.stringify({ atResult: String(process.hrtime.bigint()) }));

export {};
