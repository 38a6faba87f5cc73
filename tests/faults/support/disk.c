/* What a process does to the files of one directory: written down, and made to fail on demand.
 *
 * Preloaded, it stands between the program and libc. DISK_PREFIX names the directory; everything that changes a file
 * below it is appended to DISK_LOG as one entry, in the order in which libc had done it:
 *
 *     op (1 byte) | length of path (u16) | number (i64) | length of data (i64) | path | data
 *
 *     c created      t truncated to number      w data written at number      s synced (a file, or the directory)
 *     u unlinked     r renamed to the path in data      a data appended to the file named "acks": an answer went out
 *
 * SQLite's shared memory (-shm) is not on the disk in any sense that matters and is left out.
 *
 * disk_arm(nth, error, times) makes the nth write or sync from now on fail with `error`, and as many after it as
 * `times` says (0: all of them); disk_fired() says how often that happened, disk_seen() how many there were.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 1024 };

static char paths[FILES][PATH_MAX];
static const char *prefix;
static int log_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long seen, fired, first, failures;
static int failure;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void)
{
    const char *log = getenv("DISK_LOG");
    prefix = getenv("DISK_PREFIX");
    if (log)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ours(const char *path)
{
    size_t length;
    if (!prefix || !path)
        return 0;
    length = strlen(prefix);
    if (strncmp(path, prefix, length) || (path[length] && path[length] != '/'))
        return 0;
    return !strstr(path, "-shm");
}

static const char *path_of(int fd) { return fd >= 0 && fd < FILES && paths[fd][0] ? paths[fd] : NULL; }

static int is_answer(const char *path)
{
    size_t length = strlen(path);
    return length > 5 && !strcmp(path + length - 5, "/acks");
}

static void put(const void *data, size_t size)
{
    if (syscall(SYS_write, log_fd, data, size) != (long)size)
        abort(); /* a record with a hole in it would prove nothing */
}

static void note(char op, const char *path, int64_t number, const void *data, int64_t size)
{
    uint16_t length = (uint16_t)strlen(path);
    char head[19];
    if (log_fd < 0)
        return;
    head[0] = op;
    memcpy(head + 1, &length, 2);
    memcpy(head + 3, &number, 8);
    memcpy(head + 11, &size, 8);
    put(head, sizeof head);
    put(path, length);
    if (size)
        put(data, (size_t)size);
}

void disk_arm(long nth, int error, long times)
{
    pthread_mutex_lock(&lock);
    seen = fired = 0;
    first = nth;
    failure = error;
    failures = times ? times : LONG_MAX;
    pthread_mutex_unlock(&lock);
}

long disk_fired(void) { return fired; }

long disk_seen(void) { return seen; }

/* Whether this call must fail; the caller holds the lock. */
static int fails(const char *path)
{
    if (is_answer(path))
        return 0;
    seen++;
    if (!failure || seen < first || fired >= failures)
        return 0;
    fired++;
    errno = failure;
    return 1;
}

static int opened(int fd, const char *path, int flags, int is_new)
{
    if (fd < 0 || fd >= FILES)
        return fd;
    pthread_mutex_lock(&lock);
    paths[fd][0] = 0;
    if (ours(path)) {
        strncpy(paths[fd], path, PATH_MAX - 1);
        if (is_new)
            note('c', path, 0, NULL, 0);
        else if (flags & O_TRUNC)
            note('t', path, 0, NULL, 0);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        static int (*real)(const char *, int, ...);                                                                    \
        va_list rest;                                                                                                  \
        int mode, is_new;                                                                                              \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, int);                                                                                      \
        va_end(rest);                                                                                                  \
        if (!real)                                                                                                     \
            real = next(#name);                                                                                        \
        is_new = (flags & O_CREAT) && ours(path) && access(path, F_OK);                                                \
        return opened(real(path, flags, mode), path, flags, is_new);                                                   \
    }
OPEN(open)
OPEN(open64)

int close(int fd)
{
    static int (*real)(int);
    if (!real)
        real = next("close");
    if (fd >= 0 && fd < FILES)
        paths[fd][0] = 0;
    return real(fd);
}

/* The call itself is made under the lock, so that the record has the order in which things happened. */
#define PWRITE(name)                                                                                                   \
    ssize_t name(int fd, const void *data, size_t size, off_t offset)                                                  \
    {                                                                                                                  \
        static ssize_t (*real)(int, const void *, size_t, off_t);                                                      \
        const char *path = path_of(fd);                                                                                \
        ssize_t done = -1;                                                                                             \
        if (!real)                                                                                                     \
            real = next(#name);                                                                                        \
        if (!path)                                                                                                     \
            return real(fd, data, size, offset);                                                                       \
        pthread_mutex_lock(&lock);                                                                                     \
        if (!fails(path) && (done = real(fd, data, size, offset)) > 0)                                                 \
            note('w', path, offset, data, done);                                                                       \
        pthread_mutex_unlock(&lock);                                                                                   \
        return done;                                                                                                   \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int fd, const void *data, size_t size)
{
    static ssize_t (*real)(int, const void *, size_t);
    const char *path = path_of(fd);
    ssize_t done = -1;
    if (!real)
        real = next("write");
    if (!path)
        return real(fd, data, size);
    pthread_mutex_lock(&lock);
    if (!fails(path)) {
        off_t offset = (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
        if ((done = real(fd, data, size)) > 0)
            note(is_answer(path) ? 'a' : 'w', path, offset, data, done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

#define TRUNCATE(name)                                                                                                 \
    int name(int fd, off_t size)                                                                                       \
    {                                                                                                                  \
        static int (*real)(int, off_t);                                                                                \
        const char *path = path_of(fd);                                                                                \
        int done = -1;                                                                                                 \
        if (!real)                                                                                                     \
            real = next(#name);                                                                                        \
        if (!path)                                                                                                     \
            return real(fd, size);                                                                                     \
        pthread_mutex_lock(&lock);                                                                                     \
        if (!fails(path) && !(done = real(fd, size)))                                                                  \
            note('t', path, size, NULL, 0);                                                                            \
        pthread_mutex_unlock(&lock);                                                                                   \
        return done;                                                                                                   \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define SYNC(name)                                                                                                     \
    int name(int fd)                                                                                                   \
    {                                                                                                                  \
        static int (*real)(int);                                                                                       \
        const char *path = path_of(fd);                                                                                \
        int done = -1;                                                                                                 \
        if (!real)                                                                                                     \
            real = next(#name);                                                                                        \
        if (!path)                                                                                                     \
            return real(fd);                                                                                           \
        pthread_mutex_lock(&lock);                                                                                     \
        if (!fails(path) && !(done = real(fd)))                                                                        \
            note('s', path, 0, NULL, 0);                                                                               \
        pthread_mutex_unlock(&lock);                                                                                   \
        return done;                                                                                                   \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path)
{
    static int (*real)(const char *);
    int done;
    if (!real)
        real = next("unlink");
    pthread_mutex_lock(&lock);
    if (!(done = real(path)) && ours(path))
        note('u', path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int rename(const char *from, const char *to)
{
    static int (*real)(const char *, const char *);
    int done;
    if (!real)
        real = next("rename");
    pthread_mutex_lock(&lock);
    if (!(done = real(from, to)) && ours(from))
        note('r', from, 0, to, (int64_t)strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}
